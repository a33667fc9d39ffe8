"""CloudWatch Logs for the emulator, with the lines of the tasks and those of PutLogEvents from one store.

This module closes these gaps of moto 5.2.5. FilterLogEvents ignores `logStreamNamePrefix`, does not merge streams, and
has no limit of bytes. Filter patterns know neither `-term` nor `?term`. Events are kept without a limit, and every
request sorts all of them.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any, ClassVar

import moto.logs.urls
from moto.logs.exceptions import InvalidParameterException, ResourceNotFoundException
from moto.logs.models import LogGroup, LogStream
from moto.logs.responses import LogsResponse

from colonnade_sandbox.control_plane.log_store import LogEvent, LogStore
from colonnade_sandbox.control_plane.observations import Observations

_MOST_EVENTS = 10_000
_MOST_BYTES = 1024 * 1024
_MOST_STREAMS = 50


class _Responses(LogsResponse):  # type: ignore[misc]
    store: ClassVar[LogStore]

    def put_log_events(self) -> str:
        group, stream = self._group(), self._stream()
        events = [(int(each["timestamp"]), str(each["message"])) for each in self._get_param("logEvents")]
        self.store.append(group.name, stream.log_stream_name, events)
        return json.dumps({})

    def describe_log_streams(self) -> str:
        group, prefix = self._group(), self._get_param("logStreamNamePrefix", "")
        by_time = self._get_param("orderBy") == "LastEventTime"
        if by_time and prefix:
            raise InvalidParameterException("Cannot order by LastEventTime with a logStreamNamePrefix.")
        found = [self._described(group, each) for name, each in group.streams.items() if name.startswith(prefix)]
        found.sort(
            key=lambda each: (each.get("lastEventTimestamp", 0) if by_time else 0, each["logStreamName"]),
            reverse=bool(self._get_param("descending", False)),
        )
        start = int(self._get_param("nextToken", 0))
        end = start + min(int(self._get_param("limit", _MOST_STREAMS)), _MOST_STREAMS)
        more = {"nextToken": str(end)} if end < len(found) else {}
        return json.dumps({"logStreams": found[start:end], **more})

    def filter_log_events(self) -> str:
        group = self._group()
        matches = matcher(self._get_param("filterPattern", ""))
        end = self._get_param("endTime")
        after = _place(self._get_param("nextToken"))
        events = self.store.read(group.name, self._chosen(), start=int(self._get_param("startTime", 0)), after=after)
        limit = min(int(self._get_param("limit", _MOST_EVENTS)), _MOST_EVENTS)
        page: list[dict[str, Any]] = []
        size = 0
        for event in events:
            if end is not None and event.timestamp > int(end):
                break
            if not matches(event.message):
                continue
            if len(page) == limit or size + len(event.message) > _MOST_BYTES:
                return json.dumps({"events": page, "searchedLogStreams": [], "nextToken": _token(after)})
            page.append({**_answered(event), "eventId": f"{event.id:056d}", "logStreamName": event.stream})
            size += len(event.message)
            after = (event.timestamp, event.id)
        return json.dumps({"events": page, "searchedLogStreams": []})

    def get_log_events(self) -> str:
        group, stream = self._group(), self._stream()
        limit = min(int(self._get_param("limit", _MOST_EVENTS)), _MOST_EVENTS)
        start, end = int(self._get_param("startTime", 0)), self._get_param("endTime")
        events = [
            event
            for event in self.store.read(group.name, stream.log_stream_name.__eq__, start=start)
            if end is None or event.timestamp < int(end)
        ]
        token = self._get_param("nextToken", "")
        place = _place(token[2:])
        if token.startswith("f/") or (not token and self._get_param("startFromHead", False)):
            page = [event for event in events if event[:2] > place][:limit]
        else:
            page = [event for event in events if not token or event[:2] < place][-limit:]
        first, last = (page[0][:2], page[-1][:2]) if page else (place, place)
        tokens = {"nextBackwardToken": f"b/{_token(first)}", "nextForwardToken": f"f/{_token(last)}"}
        return json.dumps({"events": [_answered(event) for event in page], **tokens})

    def delete_log_group(self) -> str:
        answer: str = super().delete_log_group()
        self.store.delete(self._get_param("logGroupName"))
        return answer

    def delete_log_stream(self) -> str:
        answer: str = super().delete_log_stream()
        self.store.delete(self._get_param("logGroupName"), self._get_param("logStreamName"))
        return answer

    def _group(self) -> LogGroup:
        """Return the requested log group; raises ResourceNotFoundException."""
        identifier = self._get_param("logGroupIdentifier", "")
        name = self._get_param("logGroupName", identifier.removesuffix(":*").rpartition(":log-group:")[2])
        return self.logs_backend._find_log_group(log_group_name=name)

    def _stream(self) -> LogStream:
        stream = self._group().streams.get(self._get_param("logStreamName"))
        if stream is None:
            raise ResourceNotFoundException("The specified log stream does not exist.")
        return stream

    def _chosen(self) -> Callable[[str], bool]:
        """Return the function that accepts the names of the requested streams."""
        names, prefix = self._get_param("logStreamNames"), self._get_param("logStreamNamePrefix")
        if names and prefix:
            raise InvalidParameterException("logStreamNames and logStreamNamePrefix cannot be used together.")
        return lambda name: name in names if names else name.startswith(prefix if prefix is not None else "")

    def _described(self, group: LogGroup, stream: LogStream) -> dict[str, Any]:
        described: dict[str, Any] = stream.to_describe_dict()
        summary = self.store.summary(group.name, stream.log_stream_name)
        if summary is None:
            return described
        first, last, size = summary
        times = {"firstEventTimestamp": first, "lastEventTimestamp": last, "lastIngestionTime": last}
        return described | times | {"storedBytes": size}


def matcher(pattern: str) -> Callable[[str], bool]:
    """Return the function that accepts the messages of a filter pattern with terms; raises InvalidParameterException.

    Every `term` or `"phrase"` must occur, no `-term` may, and of several `?term` one must. Patterns for JSON, for
    columns and with regular expressions are refused.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForLogEvents.html
    """
    if pattern.lstrip()[:1] in ("{", "[", "%"):
        raise InvalidParameterException(f"The emulator knows only filter patterns with terms, not {pattern!r}.")
    terms = [(sign, term.strip('"')) for sign, term in re.findall(r'([-?]?)("[^"]*"|\S+)', pattern)]
    required, excluded, optional = ([term for own, term in terms if own == sign] for sign in ("", "-", "?"))

    def matches(message: str) -> bool:
        if not all(term in message for term in required) or any(term in message for term in excluded):
            return False
        return not optional or any(term in message for term in optional)

    return matches


def _answered(event: LogEvent) -> dict[str, Any]:
    return {"timestamp": event.timestamp, "ingestionTime": event.timestamp, "message": event.message}


def _token(place: tuple[int, int]) -> str:
    return "{}/{}".format(*place)


def _place(token: str | None) -> tuple[int, int]:
    """Return the time and the id of the last event before a token; raises InvalidParameterException."""
    if not token:
        return 0, 0
    timestamp, _, number = token.partition("/")
    if not (timestamp.isdigit() and number.isdigit()):
        raise InvalidParameterException("The specified nextToken is invalid.")
    return int(timestamp), int(number)


def install(observations: Observations) -> None:
    """Serve the API of CloudWatch Logs with these responses."""
    _Responses.store = observations.logs
    moto.logs.urls.url_paths = {"{0}/$": _Responses.dispatch}

"""The events of CloudWatch Logs: log groups -> streams -> events in the order of their times, within a limit of memory.

`tasks` appends the lines of containers; the AWS emulator appends those of PutLogEvents and reads all. Any thread may
call a method.
"""

from __future__ import annotations

import heapq
import itertools
import threading
from bisect import bisect_left, insort
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

LIMIT_BYTES = 64 * 1024 * 1024
_EVENT_BYTES = 200
"""The memory of an event without its message."""


class LogEvent(NamedTuple):
    """One event. Events are ordered by time, then by their ids."""

    timestamp: int
    """In milliseconds since the epoch."""
    id: int
    message: str
    stream: str


@dataclass(slots=True)
class _Stream:
    events: list[LogEvent] = field(default_factory=list)
    used_bytes: int = 0

    def append(self, event: LogEvent) -> int:
        """Append the event and return the bytes that it uses."""
        size = _EVENT_BYTES + len(event.message)
        self.used_bytes += size
        if not self.events or self.events[-1] < event:
            self.events.append(event)
        else:
            insort(self.events, event)
        return size

    def drop_oldest(self) -> int:
        """Drop the oldest quarter of the events and return the bytes that they used."""
        count = len(self.events) // 4 + 1
        freed = sum(_EVENT_BYTES + len(event.message) for event in self.events[:count])
        del self.events[:count]
        self.used_bytes -= freed
        return freed


class LogStore:
    """The events of all log groups.

    If they exceed `limit_bytes`, the oldest events of the largest stream are dropped.
    """

    def __init__(self, limit_bytes: int = LIMIT_BYTES) -> None:
        self._limit_bytes = limit_bytes
        self._used_bytes = 0
        self._streams: dict[tuple[str, str], _Stream] = {}
        self._ids = itertools.count(1)
        self._lock = threading.Lock()

    def append(self, group: str, stream: str, events: Sequence[tuple[int, str]]) -> None:
        """Append events of a stream, each with its time in milliseconds since the epoch and its message."""
        with self._lock:
            found = self._streams.setdefault((group, stream), _Stream())
            for timestamp, message in events:
                self._used_bytes += found.append(LogEvent(timestamp, next(self._ids), message, stream))
            while self._used_bytes > self._limit_bytes:
                largest = max(self._streams.values(), key=lambda each: each.used_bytes)
                self._used_bytes -= largest.drop_oldest()

    def read(
        self, group: str, streams: Callable[[str], bool], *, start: int = 0, after: tuple[int, int] = (0, 0)
    ) -> Iterator[LogEvent]:
        """Yield the events of the streams whose names `streams` accepts, oldest first.

        `start` is the earliest time in milliseconds since the epoch, `after` the time and id of the last event that the
        caller has already.
        """
        first = max((start, 0), (after[0], after[1] + 1))
        with self._lock:
            found = [each.events for (own, name), each in self._streams.items() if own == group and streams(name)]
            pieces = [events[bisect_left(events, first) :] for events in found]
        yield from heapq.merge(*pieces)

    def summary(self, group: str, stream: str) -> tuple[int, int, int] | None:
        """Return the times of the first and the last event of a stream and its bytes; None without an event."""
        with self._lock:
            found = self._streams.get((group, stream))
            if found is None or not found.events:
                return None
            stored = found.used_bytes - _EVENT_BYTES * len(found.events)
            return found.events[0].timestamp, found.events[-1].timestamp, stored

    def delete(self, group: str, stream: str | None = None) -> None:
        """Delete the events of a stream, or of all streams of the group."""
        with self._lock:
            for own, name in list(self._streams):
                if own == group and stream in (None, name):
                    self._used_bytes -= self._streams.pop((own, name)).used_bytes

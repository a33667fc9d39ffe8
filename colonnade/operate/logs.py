"""The log lines of deployed services: FilterLogEvents of each service's log group -> lines in the order of their times.

Every task has a log stream of its own, `prefix/container/task`, that stays when the task has stopped. So the lines of a
task that failed, or was replaced, are read like any other.
"""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from colonnade.apply.identity import AwsError, aws_errors, error_code
from colonnade.operate.services import DeployedService

_AT_ONCE = 8
_POLL_SECONDS = 1.0
_LATE = timedelta(seconds=15)
"""The time after which no older event is expected.

Containers buffer lines, and CloudWatch Logs takes seconds to return an event.
"""

_REFUSED = {"AccessDeniedException", "AccessDenied", "UnauthorizedOperation"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a container's standard output or standard error."""

    at: datetime
    service: DeployedService
    task: str
    """The id of the task."""
    container: str
    message: str
    id: str
    """The id of the event in CloudWatch Logs."""


def read_lines(services: Sequence[DeployedService], *, since: datetime, task: str = "") -> Iterator[Line]:
    """Yield the lines of all services since a time, oldest first; `task` is a task's id, or the start of one.

    Raises AwsError with every log group that cannot be read.
    """
    merged = heapq.merge(*_streams(services, since), key=lambda line: line.at)
    yield from (line for line in merged if line.task.startswith(task))


def follow_lines(
    services: Sequence[DeployedService],
    *,
    since: datetime,
    task: str = "",
    pause: Callable[[float], None] = time.sleep,
) -> Iterator[Line]:
    """Yield what `read_lines` yields, and then new lines without end, across tasks that are replaced.

    `pause` is called with the seconds until the next read.
    """
    seen: dict[str, datetime] = {}
    while True:
        for line in read_lines(services, since=since):
            if line.id not in seen:
                seen[line.id] = line.at
                if line.task.startswith(task):
                    yield line
        since = max([since, *(at - _LATE for at in seen.values())])
        seen = {identifier: at for identifier, at in seen.items() if at >= since}
        pause(max(_POLL_SECONDS, len(services) / 5))


def _streams(services: Sequence[DeployedService], since: datetime) -> list[Iterator[Line]]:
    """Return the lines of each service; the first pages are read at once, so that errors are raised together."""

    from botocore.exceptions import ClientError

    def begun(service: DeployedService) -> Iterator[Line] | str:
        lines = _lines(service, since)
        try:
            first = next(lines, None)
        except ClientError as error:
            problem = _problem(service, error)
            if not problem:
                raise
            return problem
        return itertools.chain([first] if first is not None else [], lines)

    with aws_errors(), ThreadPoolExecutor(_AT_ONCE) as threads:
        found = list(threads.map(begun, services))
    problems = [each for each in found if isinstance(each, str)]
    if problems:
        raise AwsError("\n".join(problems))
    return [_explained(each) for each in found if not isinstance(each, str)]


def _explained(lines: Iterator[Line]) -> Iterator[Line]:
    with aws_errors():
        yield from lines


def _lines(service: DeployedService, since: datetime) -> Iterator[Line]:
    start = int(since.timestamp() * 1000)
    pages = service.aws.logs.get_paginator("filter_log_events").paginate(
        logGroupName=service.service.log_group_name, startTime=start
    )
    return (_line(service, event) for page in pages for event in page["events"])


def _line(service: DeployedService, event: dict[str, Any]) -> Line:
    _, container, task = f"//{event['logStreamName']}".rsplit("/", 2)
    return Line(
        at=datetime.fromtimestamp(event["timestamp"] / 1000, UTC),
        service=service,
        task=task,
        container=container,
        message=event["message"].rstrip("\n"),
        id=event["eventId"],
    )


def _problem(service: DeployedService, error: Exception) -> str:
    """Return the problem of a log group with its fix, or an empty string for an error of another kind."""
    group, deployment = service.service.log_group_name, service.deployment
    what = f"service {service.name!r}"
    if error_code(error) == "ResourceNotFoundException":
        return (
            f"{what}: its log group {group} does not exist in account {deployment.account_id}, {deployment.region}\n"
            f"    apply {deployment.name} in environment {deployment.environment} first; "
            "a destroy deletes the log groups that are not kept"
        )
    if error_code(error) in _REFUSED:
        arn = f"arn:aws:logs:{deployment.region}:{deployment.account_id}:log-group:{group}:*"
        return (
            f"{what}: AWS refuses to read its log group {group}: {error}\n"
            f"    use credentials that may do logs:FilterLogEvents on {arn}"
        )
    return ""

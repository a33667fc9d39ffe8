"""The log lines of services from recorded answers of CloudWatch Logs: order, following, output, faults."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from types import SimpleNamespace
from typing import Any

import click
import pytest
from botocore.exceptions import ClientError

from colonnade.apply.identity import AwsError
from colonnade.operate.health_check_lines import is_health_check
from colonnade.operate.logs import Line, follow_lines, read_lines
from colonnade.operate.logs_output import precise_time, print_lines
from colonnade.operate.services import DeployedService, Reached, chosen
from tests.support.project import PROJECT

_NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
_SERVICES = next(each for each in PROJECT.resolve("sandbox") if each.name == "services")


@dataclass
class Logs:
    """CloudWatch Logs with the given events, in pages of two; a group that is not given does not exist."""

    groups: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    refused: frozenset[str] = frozenset()
    starts: list[int] = field(default_factory=list)

    def add(self, service: str, seconds: float, message: str, task: str = "aaaa1111", container: str = "") -> None:
        events = self.groups.setdefault(f"/colonnade/sandbox/services/{service}", [])
        stamp = int((_NOW + timedelta(seconds=seconds)).timestamp() * 1000)
        stream = f"{service}/{container if container else service}/{task}"
        number = f"{service}-{len(events)}"
        events.append({"timestamp": stamp, "logStreamName": stream, "message": message, "eventId": number})

    def get_paginator(self, operation: str) -> Logs:
        assert operation == "filter_log_events"
        return self

    def paginate(self, *, logGroupName: str, startTime: int) -> Iterator[Any]:  # noqa: N803
        self.starts.append(startTime)
        code = "AccessDeniedException" if logGroupName in self.refused else "ResourceNotFoundException"
        if logGroupName not in self.groups:
            raise ClientError({"Error": {"Code": code, "Message": "no"}}, "FilterLogEvents")
        found = sorted(self.groups[logGroupName], key=lambda event: event["timestamp"])
        found = [event for event in found if event["timestamp"] >= startTime]
        yield {"events": []}
        yield from ({"events": found[start : start + 2]} for start in range(0, len(found), 2))


def _services(logs: Logs, *names: str) -> tuple[DeployedService, ...]:
    aws: Any = SimpleNamespace(logs=logs)
    return chosen(names, [Reached(deployments=(_SERVICES,), aws=aws)])


def _messages(lines: Iterator[Line]) -> list[str]:
    return [line.message for line in lines]


@pytest.fixture
def logs() -> Logs:
    found = Logs()
    for seconds, message in enumerate(["a", "b", "c", "d", "e"]):
        found.add(f"service{seconds % 2 + 1}", seconds, message, task=f"aaaa{seconds}")
    return found


def test_the_lines_of_several_services_are_in_the_order_of_their_times(logs: Logs) -> None:
    services = _services(logs, "service1", "service2")
    assert _messages(read_lines(services, since=_NOW)) == ["a", "b", "c", "d", "e"]
    assert _messages(read_lines(services, since=_NOW + timedelta(seconds=3))) == ["d", "e"]
    assert _messages(read_lines(services, since=_NOW, task="aaaa3")) == ["d"]


def test_following_goes_on_across_tasks_with_late_lines_and_prints_none_twice(logs: Logs) -> None:
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        match len(pauses):
            case 1:
                logs.add("service1", 60, "of the task that replaces it", task="bbbb")
            case 2:
                logs.add("service2", 50, "late", task="cccc")
            case 3:
                raise KeyboardInterrupt

    found: list[str] = []

    def follow() -> None:
        for line in follow_lines(_services(logs, "service1", "service2"), since=_NOW, pause=pause):
            found.append(line.message)

    with pytest.raises(KeyboardInterrupt):
        follow()
    assert found == ["a", "b", "c", "d", "e", "of the task that replaces it", "late"]
    latest = int((_NOW + timedelta(seconds=45)).timestamp() * 1000)
    assert logs.starts[-1] == latest, "only what may still be late is read again"


def test_following_a_task_that_has_ended_does_not_read_the_lines_of_others_again_and_again(logs: Logs) -> None:
    def pause(_seconds: float) -> None:
        if len(logs.starts) == 1:
            logs.add("service1", 600, "of another task", task="bbbb")
        if len(logs.starts) == 3:
            raise KeyboardInterrupt

    found: list[str] = []

    def follow() -> None:
        lines = follow_lines(_services(logs, "service1"), since=_NOW, task="aaaa2", pause=pause)
        found.extend(line.message for line in lines)

    with pytest.raises(KeyboardInterrupt):
        follow()
    assert logs.starts[-1] == int((_NOW + timedelta(seconds=585)).timestamp() * 1000)


def test_every_log_group_that_cannot_be_read_is_named_with_a_fix() -> None:
    refused = frozenset({"/colonnade/sandbox/services/service2"})
    with pytest.raises(AwsError) as error:
        list(read_lines(_services(Logs(refused=refused), "service1", "service2"), since=_NOW))
    missing, apply, denied, permission = str(error.value).splitlines()
    assert "/colonnade/sandbox/services/service1 does not exist in account 123456789012" in missing
    assert "apply services in environment sandbox first" in apply
    assert "service 'services/service2': AWS refuses to read its log group" in denied
    assert permission.endswith(
        "logs:FilterLogEvents on arn:aws:logs:eu-west-1:123456789012:log-group:/colonnade/sandbox/services/service2:*"
    )


def test_a_line_is_printed_with_time_service_task_and_its_container_if_it_is_another_one(
    logs: Logs, capsys: pytest.CaptureFixture[str]
) -> None:
    logs.add("service1", 9, "{}", task="ffff0123456789", container="proxy")
    lines = list(read_lines(_services(logs, "service1"), since=_NOW))
    assert print_lines(iter(lines), as_json=False, health_checks=False) == (4, 0)
    printed = capsys.readouterr().out.splitlines()
    assert click.unstyle(printed[0]) == f"{precise_time(_NOW)} service1 aaaa0  a"
    assert click.unstyle(printed[-1]) == f"{precise_time(lines[-1].at)} service1/proxy ffff0123  {{}}"


def test_json_has_one_object_for_each_line_with_the_message_unchanged(
    logs: Logs, capsys: pytest.CaptureFixture[str]
) -> None:
    print_lines(islice(read_lines(_services(logs, "service1"), since=_NOW), 1), as_json=True, health_checks=False)
    assert json.loads(capsys.readouterr().out) == {
        "at": "2026-03-04T05:06:07.000+00:00",
        "deployment": "services",
        "service": "service1",
        "task": "aaaa0",
        "container": "service1",
        "message": "a",
    }


def test_passed_health_checks_are_left_out_unless_they_are_requested(capsys: pytest.CaptureFixture[str]) -> None:
    logs = Logs()
    for path, status in (("/health", 200), ("/health", 503), ("/service1", 200)):
        logs.add("service1", 0, json.dumps({"method": "GET", "path": path, "status": status}))
    services = _services(logs, "service1")
    assert print_lines(read_lines(services, since=_NOW), as_json=False, health_checks=False) == (2, 1)
    assert print_lines(read_lines(services, since=_NOW), as_json=False, health_checks=True) == (3, 0)
    assert capsys.readouterr().out.count('"/health", "status": 503') == 2


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ('{"event": "request", "method": "GET", "path": "/health", "status": 200}', True),
        ('{"method": "GET", "path": "/health?deep=1", "status": 204}', True),
        ('{"method": "GET", "path": "/", "status": 200, "agent": "ELB-HealthChecker/2.0"}', True),
        ('10.0.0.1:34567 - "GET /health HTTP/1.1" 200 OK', True),
        ('10.0.0.1 - - [04/Mar/2026] "GET /health HTTP/1.1" 200 5 "-" "ELB-HealthChecker/2.0"', True),
        ('{"method": "GET", "path": "/health", "status": 503}', False),
        ('{"method": "POST", "path": "/health", "status": 200}', False),
        ('{"method": "GET", "path": "/healthy", "status": 200}', False),
        ('{"method": "GET", "path": "/health", "status": null}', False),
        ('{"level": "error", "event": "/health reads the database: refused"}', False),
        ('10.0.0.1:34567 - "GET /health HTTP/1.1" 500 Internal Server Error', False),
        ('10.0.0.1 - - "GET /health HTTP/1.1" 503 5 "-" "ELB-HealthChecker/2.0"', False),
        ("ELB-HealthChecker/2.0 was refused by the firewall", False),
        ("GET /health", False),
        ("{GET /health", False),
        ("[]", False),
    ],
)
def test_only_a_request_that_has_passed_is_a_health_check(message: str, expected: bool) -> None:
    assert is_health_check(message, path="/health", matcher="200,204-299") == expected
    assert not is_health_check(message, path=None, matcher=None)

"""ListTasks and DescribeTasks return the tasks of the scheduler, with the reasons of those that stopped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from colonnade_sandbox.aws_emulator.ecs_task import described_tasks, task_arns
from colonnade_sandbox.control_plane.observations import ContainerObservation, ServiceObservation
from tests.support.ecs_snapshots import task_observation

pytestmark = pytest.mark.sandbox

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_ACCOUNT = "arn:aws:ecs:eu-west-1:123456789012"
_STOPPED = task_observation(
    "b",
    "STOPPED",
    ContainerObservation(name="orders", status="STOPPED", health="UNHEALTHY", exit_code=3),
    ContainerObservation(name="metrics", status="STOPPED", reason="CannotStartContainerError: no such file"),
    health="UNHEALTHY",
    stopped_reason="Essential container in task exited",
    stop_code="EssentialContainerExited",
    created_at=_NOW,
    started_at=_NOW + timedelta(seconds=1),
    stopping_at=_NOW + timedelta(seconds=2),
    stopped_at=_NOW + timedelta(seconds=3),
)
_SERVICES = {
    f"{_ACCOUNT}:service/c/orders": ServiceObservation(
        deployments=(),
        running_count=1,
        pending_count=0,
        events=(),
        tasks=(task_observation("a", "RUNNING"), _STOPPED, task_observation("d", "DEACTIVATING")),
    ),
    f"{_ACCOUNT}:service/c/users": ServiceObservation(
        deployments=(), running_count=0, pending_count=1, events=(), tasks=(task_observation("e", "PENDING"),)
    ),
    f"{_ACCOUNT}:service/other/orders": ServiceObservation(
        deployments=(), running_count=1, pending_count=0, events=(), tasks=(task_observation("f", "RUNNING"),)
    ),
}


@pytest.mark.parametrize(
    ("status", "filters", "ids"),
    [
        ("RUNNING", {"service_name": "orders"}, ["a"]),
        ("STOPPED", {"service_name": f"{_ACCOUNT}:service/c/orders"}, ["b", "d"]),
        ("RUNNING", {}, ["a", "e"]),
        ("RUNNING", {"family": "orders", "started_by": "ecs-svc/1"}, ["a", "e"]),
        ("RUNNING", {"family": "users"}, []),
        ("RUNNING", {"started_by": "ecs-svc/2"}, []),
    ],
)
def test_tasks_are_listed_by_the_filters_and_by_the_status_that_they_must_reach(
    status: str, filters: dict[str, Any], ids: list[str]
) -> None:
    found = task_arns(_SERVICES, "c", desired_status=status, **filters)
    assert found == [f"{_ACCOUNT}:task/c/{each}" for each in ids]


def test_a_stopped_task_is_described_with_its_reason_and_exit_code() -> None:
    (task,), failures = described_tasks(_SERVICES, "c", [f"{_ACCOUNT}:task/c/b"])
    assert failures == []
    assert (task["lastStatus"], task["desiredStatus"]) == ("STOPPED", "STOPPED")
    assert (task["stoppedReason"], task["stopCode"]) == (_STOPPED.stopped_reason, _STOPPED.stop_code)
    assert task["clusterArn"] == f"{_ACCOUNT}:cluster/c"
    assert (task["group"], task["startedBy"]) == ("service:orders", "ecs-svc/1")
    times = ("createdAt", "startedAt", "stoppingAt", "stoppedAt")
    assert [task[time] - _NOW for time in times] == [timedelta(seconds=each) for each in range(4)]
    orders, metrics = task["containers"]
    assert (orders["name"], orders["exitCode"], orders["healthStatus"]) == ("orders", 3, "UNHEALTHY")
    assert (metrics["lastStatus"], metrics["reason"]) == ("STOPPED", "CannotStartContainerError: no such file")
    assert "exitCode" not in metrics


def test_a_running_task_has_no_reason_and_an_unknown_one_is_missing() -> None:
    (task,), failures = described_tasks(_SERVICES, "c", ["a", "f"])
    assert {"stoppedReason", "stopCode", "stoppedAt"}.isdisjoint(task)
    assert task["healthStatus"] == task["containers"][0]["healthStatus"] == "UNKNOWN"
    assert "exitCode" not in task["containers"][0]
    assert failures == [{"arn": "f", "reason": "MISSING"}]

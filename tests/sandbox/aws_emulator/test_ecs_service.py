"""DescribeServices never counts the old deployment's tasks as the new one's, and returns the requested settings."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest

from colonnade_sandbox.aws_emulator.ecs_service import ECHOED, described
from colonnade_sandbox.control_plane.observations import Deployment, ServiceEvent, ServiceObservation
from colonnade_sandbox.control_plane.snapshot import TaskNetwork
from tests.support.ecs_snapshots import task_observation

pytestmark = pytest.mark.sandbox

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_EVENTS = (
    ServiceEvent(message="newest", created_at=_NOW),
    ServiceEvent(message="old", created_at=_NOW - timedelta(seconds=5)),
)


@dataclass
class _Service:
    task_definition: str = "task:1"
    desired_count: int = 2
    status: str = "ACTIVE"
    echoed: dict[str, Any] = field(default_factory=dict)
    arn: str = "arn"
    name: str = "orders"
    cluster_arn: str = "cluster"
    tags: list[dict[str, str]] = field(default_factory=lambda: [{"key": "a", "value": "b"}])
    created_at: datetime = _NOW
    updated_at: datetime = _NOW
    forced_deployment: str = ""


def _deployment(task_definition: str, running: int, status: Literal["PRIMARY", "ACTIVE"] = "PRIMARY") -> Deployment:
    return Deployment(
        id=f"ecs-svc/{task_definition}",
        status=status,
        task_definition_arn=task_definition,
        desired_count=2,
        running_count=running,
        pending_count=0,
        failed_tasks=0,
        rollout_state="COMPLETED",
        rollout_state_reason="",
        created_at=_NOW,
        updated_at=_NOW,
    )


def _observed(*deployments: Deployment) -> ServiceObservation:
    running = sum(deployment.running_count for deployment in deployments)
    return ServiceObservation(deployments=deployments, running_count=running, pending_count=0, events=_EVENTS)


def _steady(answer: dict[str, Any]) -> bool:
    """Return True if the provider's `wait_for_steady_state` would end."""
    return len(answer["deployments"]) == 1 and answer["desiredCount"] == answer["runningCount"]


def _describe(service: _Service, observation: ServiceObservation | None) -> dict[str, Any]:
    return described(service, observation, with_tags=True)


def test_a_service_that_the_scheduler_has_not_seen_is_not_steady() -> None:
    answer = _describe(_Service(), None)
    assert [each["rolloutState"] for each in answer["deployments"]] == ["IN_PROGRESS"]
    assert not _steady(answer)


def test_a_service_with_all_its_tasks_is_steady() -> None:
    assert _steady(_describe(_Service(), _observed(_deployment("task:1", 2))))


def test_a_new_task_definition_is_not_steady_before_the_scheduler_has_seen_it() -> None:
    answer = _describe(_Service(task_definition="task:2"), _observed(_deployment("task:1", 2)))
    assert not _steady(answer)
    assert [(each["status"], each["taskDefinition"], each["runningCount"]) for each in answer["deployments"]] == [
        ("PRIMARY", "task:2", 0),
        ("ACTIVE", "task:1", 2),
    ]


def test_a_service_is_not_steady_while_old_tasks_run() -> None:
    observation = _observed(_deployment("task:2", 2), _deployment("task:1", 1, "ACTIVE"))
    assert not _steady(_describe(_Service(task_definition="task:2"), observation))


@pytest.mark.parametrize("desired_count", [0, 1, 3])
def test_a_changed_desired_count_is_not_steady_until_the_running_count_matches(desired_count: int) -> None:
    answer = _describe(_Service(desired_count=desired_count), _observed(_deployment("task:1", 2)))
    assert not _steady(answer)
    assert [each["desiredCount"] for each in answer["deployments"]] == [desired_count]


@pytest.mark.parametrize(
    ("task", "status"), [("DEACTIVATING", "DRAINING"), ("STOPPING", "DRAINING"), ("STOPPED", "INACTIVE")]
)
def test_a_deleted_service_drains_until_its_last_task_has_stopped(
    task: Literal["DEACTIVATING", "STOPPING", "STOPPED"], status: str
) -> None:
    observation = replace(_observed(_deployment("task:1", 0)), tasks=(task_observation("1", task),))
    assert _describe(_Service(status="INACTIVE", desired_count=0), observation)["status"] == status


def test_another_security_group_is_not_steady_before_the_scheduler_has_seen_it() -> None:
    network = {"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["a"], "securityGroups": ["new"]}}}
    old = replace(_deployment("task:1", 2), network=TaskNetwork(subnets=("a",), security_groups=("old",)))
    new = replace(old, network=TaskNetwork(subnets=("a",), security_groups=("new",)))
    assert not _steady(_describe(_Service(echoed=network), _observed(old)))
    assert _steady(_describe(_Service(echoed=network), _observed(new)))


def test_a_forced_deployment_is_primary_at_once_with_an_id_of_its_own_and_is_not_steady() -> None:
    service = _Service(forced_deployment="ecs-svc/forced")
    before = replace(_observed(_deployment("task:1", 2)), seen_deployments=frozenset({"ecs-svc/task:1"}))
    answer = _describe(service, before)
    assert not _steady(answer)
    assert [each["id"] for each in answer["deployments"]] == ["ecs-svc/forced", "ecs-svc/task:1"]
    seen = frozenset({"ecs-svc/task:1", "ecs-svc/forced"})
    assert _steady(_describe(service, replace(before, seen_deployments=seen)))


def test_every_requested_field_is_returned_unchanged() -> None:
    requested: dict[str, Any] = {name: f"requested {name}" for name in ECHOED}
    requested["networkConfiguration"] = {"awsvpcConfiguration": {"subnets": ["b", "a"]}}
    answer = _describe(_Service(echoed=requested), None)
    assert {name: answer[name] for name in ECHOED} == requested


def test_tags_are_returned_only_on_request() -> None:
    assert "tags" not in described(_Service(), None, with_tags=False)
    assert described(_Service(), None, with_tags=True)["tags"] == [{"key": "a", "value": "b"}]


def test_events_are_listed_newest_first_with_their_times_and_keep_their_ids() -> None:
    answer = _describe(_Service(), _observed(_deployment("task:1", 2)))
    found = [(event["message"], event["createdAt"]) for event in answer["events"]]
    assert found == [(event.message, event.created_at) for event in _EVENTS]
    assert len({event["id"] for event in answer["events"]}) == 2
    later = replace(_observed(_deployment("task:1", 2)), events=_EVENTS[1:])
    assert _describe(_Service(), later)["events"] == answer["events"][1:]

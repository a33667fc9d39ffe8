"""A running session prints one line for each task that ended, was replaced or changed its health, and for rollouts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Literal

from colonnade_sandbox.control_plane.observations import (
    ContainerObservation,
    Deployment,
    Observations,
    ServiceEvent,
    ServiceObservation,
    TargetHealth,
    TaskObservation,
)
from colonnade_sandbox.control_plane.snapshot import Snapshot
from colonnade_sandbox.session.talk import Talk
from tests.support.ecs_snapshots import TARGET_GROUP, ecs_service

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_SERVICE = ecs_service()
_COMPLETED = Deployment(
    id="ecs-svc/1",
    status="PRIMARY",
    task_definition_arn="arn:aws:ecs:eu-west-1:123456789012:task-definition/orders:1",
    desired_count=1,
    running_count=1,
    pending_count=0,
    failed_tasks=0,
    rollout_state="COMPLETED",
    rollout_state_reason="ECS deployment ecs-svc/1 completed.",
    created_at=_NOW,
    updated_at=_NOW,
)
_FIRST = TaskObservation(
    id="1111111111",
    deployment_id="ecs-svc/1",
    task_definition_arn=_COMPLETED.task_definition_arn,
    address="127.0.0.2",
    status="RUNNING",
    containers=(ContainerObservation(name="app", status="RUNNING"),),
)
_SECOND = replace(_FIRST, id="2222222222", address="127.0.0.3")


def _ended(task: TaskObservation, exit_code: int) -> TaskObservation:
    container = ContainerObservation(name="app", status="STOPPED", exit_code=exit_code)
    reason = "Essential container in task exited"
    return replace(
        task,
        status="STOPPED",
        containers=(container,),
        stopped_reason=reason,
        stop_code="EssentialContainerExited",
    )


class _Account:
    """The observations of one service, and the lines about them."""

    def __init__(self) -> None:
        self._talk = Talk()
        self._observations = Observations()
        self._events: tuple[ServiceEvent, ...] = ()

    def lines(
        self,
        *tasks: TaskObservation,
        rollout: Deployment = _COMPLETED,
        event: str = "",
        **health: Literal["healthy", "unhealthy"],
    ) -> list[str]:
        """Return the lines about these tasks; `health` is the state of their targets by the address's last part."""
        if event:
            self._events = (ServiceEvent(message=event, created_at=_NOW), *self._events)
        observation: dict[str, Any] = {"running_count": 1, "pending_count": 0, "events": self._events}
        self._observations.services = {
            _SERVICE.arn: ServiceObservation(deployments=(rollout,), tasks=tasks, **observation)
        }
        targets = [
            TargetHealth(address=f"127.0.0.{end[1:]}", port=7999, state=state, description="codes: [500]")
            for end, state in health.items()
        ]
        self._observations.target_health = {TARGET_GROUP: tuple(targets)}
        return self._talk.lines(Snapshot(services=(_SERVICE,)), self._observations)


def test_a_killed_task_and_its_healthy_replacement_have_a_line_each() -> None:
    account = _Account()
    assert account.lines(_FIRST, _2="healthy") == []
    assert account.lines(_ended(_FIRST, 137)) == ["orders: task 11111111 ended: container app was ended by SIGKILL"]
    assert account.lines(_SECOND, _ended(_FIRST, 137)) == []
    expected = ["orders: task 22222222 is healthy and replaces task 11111111"]
    assert account.lines(_SECOND, _ended(_FIRST, 137), _3="healthy") == expected
    assert account.lines(_SECOND, _ended(_FIRST, 137), _3="healthy") == []


def test_health_that_changes_has_a_line_each_time() -> None:
    account = _Account()
    account.lines(_FIRST, _2="healthy")
    assert account.lines(_FIRST, _2="unhealthy") == ["orders: task 11111111 turned unhealthy: codes: [500]"]
    assert account.lines(_FIRST, _2="unhealthy") == []
    assert account.lines(_FIRST, _2="healthy") == ["orders: task 11111111 is healthy again"]
    unhealthy = replace(_FIRST, status="DEACTIVATING", stopped_reason="Task failed ELB health checks")
    stopped = replace(unhealthy, stop_code="ServiceSchedulerInitiated")
    assert account.lines(stopped) == ["orders: task 11111111 is stopped and replaced: Task failed ELB health checks"]


def test_a_rollback_has_its_cause_and_a_scheduled_stop_has_no_line() -> None:
    account = _Account()
    account.lines(_FIRST, _2="healthy")
    second = replace(
        _COMPLETED, id="ecs-svc/2", rollout_state="IN_PROGRESS", task_definition_arn="task-definition/orders:2"
    )
    assert account.lines(_FIRST, rollout=second, _2="healthy") == []
    ended = _ended(_SECOND, 3)
    assert account.lines(_FIRST, ended, rollout=second, _2="healthy") == [
        "orders: task 22222222 ended: container app exited with 3"
    ]
    # The former tasks still run, so the rollback is completed at once.
    event = "(service orders) rolling back to deployment ecs-svc/1."
    assert account.lines(_FIRST, ended, event=event, _2="healthy") == [
        "orders: rolled back to revision 1; last: container app exited with 3",
        "orders: the rollout of revision 1 is completed",
    ]
    assert account.lines(_FIRST, ended, _2="healthy") == []
    scheduled = replace(
        _FIRST, status="STOPPED", stopped_reason="Scaling activity", stop_code="ServiceSchedulerInitiated"
    )
    assert account.lines(scheduled, ended) == []


def test_a_failed_rollout_without_a_rollback_has_its_cause() -> None:
    account = _Account()
    account.lines(_FIRST, _2="healthy")
    failed = replace(_COMPLETED, id="ecs-svc/2", rollout_state="FAILED")
    assert account.lines(_ended(_FIRST, 1), rollout=failed) == [
        "orders: task 11111111 ended: container app exited with 1",
        "orders: the rollout of revision 1 failed; last: container app exited with 1",
    ]

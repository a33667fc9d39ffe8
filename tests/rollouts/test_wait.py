"""A wait ends when every service is completed and healthy, and otherwise with the reasons that ECS gives."""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from rich.console import Console

from colonnade.rollouts.applied import AppliedService
from colonnade.rollouts.reasons import reasons_after_failed_apply
from colonnade.rollouts.wait import RolloutError, wait_for_rollouts, wait_until_served
from colonnade.terminal.progress import Progress

_CLUSTER = "arn:aws:ecs:eu-west-1:1:cluster/c"


def _applied(name: str) -> AppliedService:
    return AppliedService(
        arn=f"arn:aws:ecs:eu-west-1:1:service/c/{name}",
        name=name,
        cluster=_CLUSTER,
        task_definition=f"{name}:2",
        limit_seconds=300,
    )


@dataclass(frozen=True, kw_only=True)
class Moment:
    """The state of one service between two looks."""

    rollout: str = "IN_PROGRESS"
    reason: str = ""
    revision: int = 2
    desired: int = 2
    running: int = 2
    healthy: int = 0
    event: str = ""
    status: str = "ACTIVE"
    balanced: bool = True
    former: int = 0
    """The tasks of the former deployment that run."""


@dataclass
class Aws:
    """ECS and ELB: each wait between two looks moves every service to its next moment."""

    moments: dict[str, list[Moment]]
    stopped: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0
    pauses: int = 0
    calls: list[int] = field(default_factory=list)
    target_calls: list[str] = field(default_factory=list)

    @property
    def ecs(self) -> Any:
        return self

    elbv2 = ecs

    def pause(self, seconds: float) -> None:
        self.seconds += seconds
        self.pauses += 1
        self.moments = {name: moments[1:] if len(moments) > 1 else moments for name, moments in self.moments.items()}

    def describe_services(self, *, cluster: str, services: list[str]) -> Any:
        assert cluster == _CLUSTER
        self.calls.append(len(services))
        names = [arn.rpartition("/")[2] for arn in services]
        return {
            "services": [
                _described(arn, name, self.moments[name][0]) for arn, name in zip(services, names, strict=True)
            ]
        }

    def describe_target_health(self, *, TargetGroupArn: str) -> Any:  # noqa: N803
        self.target_calls.append(TargetGroupArn)
        moment = self.moments[TargetGroupArn][0]
        states = ["healthy"] * moment.healthy + ["unhealthy"] * (moment.running - moment.healthy) + ["draining"]
        return {"TargetHealthDescriptions": [{"TargetHealth": {"State": state}} for state in states]}

    def list_tasks(self, *, cluster: str, serviceName: str, desiredStatus: str) -> Any:  # noqa: N803
        assert (cluster, desiredStatus) == (_CLUSTER, "STOPPED")
        if self.moments[serviceName][0].status != "ACTIVE":
            raise AssertionError("ListTasks answers ServiceNotFoundException")
        return {"taskArns": [str(number) for number in range(len(self.stopped))]}

    def describe_tasks(self, *, cluster: str, tasks: list[str]) -> Any:
        assert cluster == _CLUSTER
        return {"tasks": [self.stopped[int(each)] for each in tasks]}


def _described(arn: str, name: str, moment: Moment) -> dict[str, Any]:
    primary = {
        "status": "PRIMARY",
        "taskDefinition": f"{name}:{moment.revision}",
        "rolloutState": moment.rollout,
        "rolloutStateReason": moment.reason,
        "runningCount": moment.running - moment.former,
    }
    former = {**primary, "status": "ACTIVE", "rolloutState": "COMPLETED", "runningCount": moment.former}
    return {
        "serviceArn": arn,
        "status": moment.status,
        "desiredCount": moment.desired,
        "runningCount": moment.running,
        "deployments": [primary, former],
        "loadBalancers": [{"targetGroupArn": name}] if moment.balanced else [],
        "events": [{"message": moment.event}, {"message": "older"}] if moment.event else [],
    }


def _wait(aws: Aws, output: io.StringIO | None = None) -> None:
    console = Console(file=output if output is not None else io.StringIO(), width=200)
    progress = Progress(console, clock=lambda: aws.seconds)
    wait_for_rollouts([_applied(name) for name in aws.moments], aws, progress, pause=aws.pause)


DONE = Moment(rollout="COMPLETED", healthy=2)


def test_running_tasks_that_are_not_healthy_are_waited_for() -> None:
    aws = Aws({"orders": [Moment(), Moment(healthy=2), replace(DONE, healthy=1), DONE], "users": [DONE]})
    output = io.StringIO()
    _wait(aws, output)
    assert aws.pauses == 3
    assert output.getvalue() == "Waiting for healthy tasks ...\nEvery service runs healthy tasks: 4 s\n"


def test_a_service_without_a_load_balancer_is_healthy_when_it_is_completed_and_runs() -> None:
    aws = Aws({"worker": [Moment(balanced=False), Moment(balanced=False, rollout="COMPLETED")]})
    _wait(aws)
    assert aws.pauses == 1


def test_a_service_that_must_run_no_task_is_not_waited_for() -> None:
    _wait(Aws({"retired": [Moment(rollout="COMPLETED", desired=0, running=0)]}))


def test_a_completed_service_is_not_described_again() -> None:
    aws = Aws({"orders": [Moment(), Moment(), DONE], "users": [DONE]})
    _wait(aws)
    assert (aws.calls, aws.target_calls) == ([2, 1, 1], ["orders", "users", "orders", "orders"])


def test_a_service_is_served_by_its_new_tasks_before_the_former_ones_have_drained() -> None:
    former = [Moment(running=4, former=2, healthy=2), Moment(running=4, former=2, healthy=4), Moment(healthy=2), DONE]
    aws = Aws({"orders": former, "users": [DONE]})
    progress = Progress(Console(file=io.StringIO()), clock=lambda: aws.seconds)
    wait_until_served([_applied(name) for name in aws.moments], aws, progress, pause=aws.pause)
    assert (aws.pauses, aws.seconds) == (2, 1.0)


def test_services_are_described_ten_at_a_time() -> None:
    aws = Aws({f"s{number}": [DONE] for number in range(12)})
    _wait(aws)
    assert aws.calls == [10, 2]


def _stopped(reason: str, code: int | None, task_definition: str = "orders:2") -> dict[str, Any]:
    container = {"name": "orders"} | ({"exitCode": code} if code is not None else {})
    return {"taskDefinitionArn": task_definition, "stoppedReason": reason, "containers": [container]}


def test_a_failed_rollout_ends_the_wait_with_the_event_the_stopped_reasons_and_the_exit_codes() -> None:
    failed = Moment(
        rollout="FAILED",
        reason="ECS deployment circuit breaker: tasks failed to start.",
        event="(service orders) deployment failed: tasks failed to start.",
    )
    aws = Aws({"orders": [Moment(), failed], "users": [DONE]})
    exited = _stopped("Essential container in task exited", 3)
    pull = _stopped("CannotPullContainerError: not found", None)
    aws.stopped = [exited, pull, exited, _stopped("Scaling activity", 0, "orders:1")]
    with pytest.raises(RolloutError) as failure:
        _wait(aws)
    assert failure.value.exit_status == 1
    assert str(failure.value) == (
        "service 'orders': its rollout failed: ECS deployment circuit breaker: tasks failed to start.\n"
        "    last event: (service orders) deployment failed: tasks failed to start.\n"
        "    2 tasks stopped: Essential container in task exited; container 'orders' exited with 3\n"
        "    1 task stopped: CannotPullContainerError: not found\n"
        "    its tasks' logs have more; correct the cause, then apply again"
    )


def test_the_reason_of_a_stopped_container_is_shown() -> None:
    killed = _stopped("Essential container in task exited", 137)
    killed["containers"][0]["reason"] = "OutOfMemoryError: Container killed due to memory usage"
    aws = Aws({"orders": [Moment(rollout="FAILED")]}, stopped=[killed])
    with pytest.raises(RolloutError, match="exited with 137; OutOfMemoryError: Container killed due to memory usage"):
        _wait(aws)


def test_another_task_definition_than_the_applied_one_is_a_failure() -> None:
    with pytest.raises(RolloutError, match="ECS runs orders:1 instead of the applied orders:2"):
        _wait(Aws({"orders": [replace(DONE, revision=1)]}))


def test_a_service_that_was_deleted_meanwhile_is_a_failure() -> None:
    # ListTasks would fail, and its error would hide this one.
    with pytest.raises(RolloutError, match="service 'orders': ECS has no active service of this name"):
        _wait(Aws({"orders": [replace(DONE, status="INACTIVE")]}))


def test_the_wait_ends_at_its_limit_with_what_is_missing() -> None:
    aws = Aws({"orders": [Moment(healthy=1)], "users": [DONE]})
    with pytest.raises(
        RolloutError, match="'orders': its rollout is not completed after 5 minutes: 1 of 2 targets healthy"
    ):
        _wait(aws)
    assert 300 <= aws.seconds < 306


def test_a_pause_may_end_the_wait() -> None:
    def interrupted(_seconds: float) -> None:
        raise KeyboardInterrupt

    aws = Aws({"orders": [Moment()]})
    with pytest.raises(KeyboardInterrupt):
        wait_for_rollouts([_applied("orders")], aws, Progress(Console(file=io.StringIO())), pause=interrupted)


def _after_failed_apply(aws: Aws) -> str:
    return reasons_after_failed_apply([_applied(name) for name in aws.moments], aws)


def test_a_failed_apply_is_explained_by_the_services_that_are_not_completed() -> None:
    aws = Aws({"orders": [Moment(event="(service orders) was unable to place a task.")], "users": [DONE]})
    assert _after_failed_apply(aws) == (
        "service 'orders': its rollout is not completed: 0 of 2 targets healthy\n"
        "    last event: (service orders) was unable to place a task.\n"
        "    its tasks' logs have more; correct the cause, then apply again"
    )


def test_a_failed_apply_is_explained_by_a_rollback() -> None:
    aws = Aws({"orders": [DONE]})
    aws.stopped = [_stopped("Task failed ELB health checks", 143, "orders:3"), _stopped("Scaling", 0, "orders:1")]
    assert _after_failed_apply(aws).splitlines()[:2] == [
        "service 'orders': its rollout was rolled back from orders:3",
        "    1 task stopped: Task failed ELB health checks; container 'orders' exited with 143",
    ]


def test_a_failed_apply_is_explained_by_a_rollback_that_the_state_does_not_have_yet() -> None:
    aws = Aws({"orders": [replace(DONE, revision=1)]}, stopped=[_stopped("Task failed ELB health checks", None)])
    assert _after_failed_apply(aws).splitlines()[:2] == [
        "service 'orders': ECS runs orders:1 instead of the applied orders:2",
        "    1 task stopped: Task failed ELB health checks",
    ]


def test_a_failed_apply_is_not_explained_by_services_that_are_completed() -> None:
    aws = Aws({"orders": [DONE]}, stopped=[_stopped("Spot interruption", None)])
    assert _after_failed_apply(aws) == ""

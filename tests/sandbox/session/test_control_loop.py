"""The loop passes the snapshot on, and reports the reason to stop waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, cast

import pytest

from colonnade_sandbox.control_plane.observations import Deployment, Observations, ServiceObservation, TargetHealth
from colonnade_sandbox.control_plane.snapshot import (
    Container,
    EcsService,
    ServiceLoadBalancer,
    Snapshot,
    TaskDefinition,
)
from colonnade_sandbox.session.control_loop import ControlLoop
from tests.support.waiting import wait_until

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_SERVICE = EcsService(
    arn="service",
    name="orders",
    cluster_arn="cluster",
    status="ACTIVE",
    task_definition=TaskDefinition(
        arn="task:1", containers=(Container(name="app", image="app:1", ports=(80,), stop_timeout_seconds=2),)
    ),
    desired_count=2,
    minimum_healthy_percent=100,
    maximum_percent=200,
    circuit_breaker=True,
    circuit_breaker_rollback=True,
    health_check_grace_seconds=0,
    load_balancers=(ServiceLoadBalancer(target_group_arn="group", container_port=80),),
    discovery_service_arns=(),
)


@dataclass
class _Parts:
    """A replacement for reader, data plane and scheduler."""

    snapshot: Snapshot = field(default_factory=lambda: Snapshot(services=(_SERVICE,)))
    health: tuple[TargetHealth, ...] = ()
    rollout: Literal["IN_PROGRESS", "COMPLETED", "FAILED"] = "IN_PROGRESS"
    task_definition: str = "task:1"
    on_tick: Callable[[], None] = lambda: None
    updates: int = 0
    ticks: int = 0

    def read(self) -> Snapshot:
        return self.snapshot

    def update(self, snapshot: Snapshot, interfaces: object) -> None:
        assert snapshot is self.snapshot
        assert interfaces == {}  # no task runs
        self.updates += 1

    def target_health(self) -> dict[str, tuple[TargetHealth, ...]]:
        return {"group": self.health}

    def tick(self, snapshot: Snapshot, target_health: object) -> dict[str, ServiceObservation]:
        assert snapshot is self.snapshot
        assert target_health == self.target_health()
        self.on_tick()
        self.ticks += 1
        return {"service": self._observation()}

    def failures(self) -> tuple[Any, ...]:
        return ()

    def _observation(self) -> ServiceObservation:
        deployment = Deployment(
            id="ecs-svc/1",
            status="PRIMARY",
            task_definition_arn=self.task_definition,
            desired_count=2,
            running_count=0,
            pending_count=0,
            failed_tasks=3,
            rollout_state=self.rollout,
            rollout_state_reason="",
            created_at=_NOW,
            updated_at=_NOW,
        )
        return ServiceObservation(deployments=(deployment,), running_count=0, pending_count=0, events=())


@pytest.fixture
def parts() -> _Parts:
    return _Parts()


@pytest.fixture
def observations() -> Observations:
    return Observations()


@pytest.fixture
def loop(parts: _Parts, observations: Observations) -> Iterator[ControlLoop]:
    any_part = cast(Any, parts)
    loop = ControlLoop(reader=any_part, data_plane=any_part, scheduler=any_part, observations=observations)
    loop.start()
    yield loop
    loop.close()


def _target(address: str, state: Literal["healthy", "initial"]) -> TargetHealth:
    return TargetHealth(address=address, port=80, state=state)


def test_target_health_and_deployments_are_stored_for_the_api(
    loop: ControlLoop, parts: _Parts, observations: Observations
) -> None:
    parts.health = (_target("127.0.1.1", "healthy"),)
    wait_until(lambda: observations.target_health == {"group": parts.health})
    assert observations.services["service"].deployments[0].failed_tasks == 3
    assert loop.failure() is None


def test_the_load_balancer_receives_only_new_snapshots(loop: ControlLoop, parts: _Parts) -> None:
    wait_until(lambda: parts.ticks >= 3)
    assert parts.updates == 1
    parts.snapshot = Snapshot(services=(_SERVICE,))
    wait_until(lambda: loop.snapshot is parts.snapshot)
    assert parts.updates == 2


def test_after_catch_up_earlier_changes_are_in_the_snapshot(loop: ControlLoop, parts: _Parts) -> None:
    for _ in range(3):
        parts.snapshot = Snapshot(services=(_SERVICE,))
        loop.catch_up()
        assert loop.snapshot is parts.snapshot


@pytest.mark.timeout(10)  # on failure it would wait forever
def test_catch_up_does_not_wait_for_a_loop_that_has_ended(loop: ControlLoop) -> None:
    loop.close()
    loop.catch_up()


def test_a_failed_first_deployment_is_reported_with_its_service_and_does_not_end_the_session(
    loop: ControlLoop, parts: _Parts
) -> None:
    parts.rollout = "FAILED"
    wait_until(lambda: loop.failed_deployment() is not None)
    failure = "service orders: its deployment failed, and there is no completed one to roll back to"
    assert loop.failed_deployment() == failure
    assert loop.failure() is None


def test_a_failed_deployment_that_is_being_replaced_is_no_reason_to_stop(loop: ControlLoop, parts: _Parts) -> None:
    parts.rollout, parts.task_definition = "FAILED", "task:0"
    ticks = parts.ticks
    wait_until(lambda: parts.ticks > ticks + 1)
    assert loop.failed_deployment() is None


def test_a_loop_that_fails_reports_the_exception(loop: ControlLoop, parts: _Parts) -> None:
    def explode() -> None:
        raise ValueError("no such thing")

    parts.on_tick = explode
    wait_until(lambda: loop.failure() is not None)
    assert loop.failure() == "the sandbox's control loop failed: ValueError: no such thing"

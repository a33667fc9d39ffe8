"""A retired monolith's last tasks drain after the rollout is completed; the check waits a limited time for them."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

import pytest
from rich.console import Console

from colonnade.terminal.progress import Progress
from colonnade_sandbox.control_plane.snapshot import (
    Container,
    EcsService,
    HealthCheck,
    ServiceLoadBalancer,
    Snapshot,
    TargetGroup,
    TaskDefinition,
)
from colonnade_sandbox.errors import SandboxError
from colonnade_sandbox.migration.facts import MigrationFacts, OutageFacts
from colonnade_sandbox.migration.retirement import check_retired
from colonnade_sandbox.session.session import Session

DEREGISTRATION_SECONDS, STOP_SECONDS = 20, 10
_CONTAINER = Container(name="api", image="api:1", ports=(80,), stop_timeout_seconds=STOP_SECONDS)
_MONOLITH = EcsService(
    arn="service",
    name="colonnade-sandbox-board-api",
    cluster_arn="cluster",
    status="ACTIVE",
    task_definition=TaskDefinition(arn="task:1", containers=(_CONTAINER,)),
    desired_count=0,
    minimum_healthy_percent=100,
    maximum_percent=200,
    circuit_breaker=True,
    circuit_breaker_rollback=True,
    health_check_grace_seconds=0,
    load_balancers=(ServiceLoadBalancer(target_group_arn="group", container_port=80),),
    discovery_service_arns=(),
)
_GROUP = TargetGroup(
    arn="group",
    name="api",
    deregistration_delay_seconds=DEREGISTRATION_SECONDS,
    health_check=HealthCheck(
        path="/", interval_seconds=5, timeout_seconds=2, healthy_threshold=2, unhealthy_threshold=2, matcher="200"
    ),
    targets=(),
)
_FACTS = MigrationFacts(
    deployment="board",
    monolith="api",
    served_by_header="X-Served-By",
    load_paths=("/",),
    monolith_paths=(),
    outage=OutageFacts(service="users", path_prefix="/users", image="users"),
)


@dataclass
class _Draining:
    """A session whose two tasks of the monolith stop `seconds` after the rollout was completed."""

    seconds: float
    now: float = 0.0
    loop: Any = field(
        default_factory=lambda: SimpleNamespace(
            snapshot=Snapshot(services=(_MONOLITH,), target_groups={"group": _GROUP})
        )
    )
    data_plane: Any = field(default_factory=lambda: SimpleNamespace(certificate_authority_path=None))

    def endpoints(self) -> None:
        return None

    def tasks(self, service: str) -> list[str]:
        assert service == "api"
        return ["one", "two"] if self.now < self.seconds else []

    def pause(self, seconds: float) -> None:
        self.now += seconds


def _check(draining: _Draining) -> None:
    progress = Progress(Console(file=io.StringIO()), clock=lambda: draining.now)
    check_retired(cast(Session, draining), _FACTS, progress)


@pytest.mark.parametrize("seconds", [0, 1, DEREGISTRATION_SECONDS + STOP_SECONDS])
def test_tasks_that_still_drain_may_take_the_deregistration_delay_and_the_stop_timeout(seconds: float) -> None:
    draining = _Draining(seconds)
    _check(draining)
    assert draining.now == seconds


def test_tasks_that_never_stop_fail_the_check() -> None:
    draining = _Draining(float("inf"))
    with pytest.raises(SandboxError, match="phase retired: 2 tasks of the monolith still run"):
        _check(draining)
    assert DEREGISTRATION_SECONDS + STOP_SECONDS < draining.now < 120

"""A service without running tasks is reported as steady, with its desired count."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from colonnade_sandbox.control_plane.snapshot import Container, EcsService, TaskDefinition
from colonnade_sandbox.planning.instant_steady_state import steady

NOW = datetime(2025, 1, 1, tzinfo=UTC)
SERVICE = EcsService(
    arn="arn:service",
    name="orders",
    cluster_arn="arn:cluster",
    status="ACTIVE",
    task_definition=TaskDefinition(
        arn="arn:task-definition:2",
        containers=(Container(name="orders", image="orders:1", ports=(80,)),),
    ),
    desired_count=3,
    minimum_healthy_percent=100,
    maximum_percent=200,
    circuit_breaker=True,
    circuit_breaker_rollback=True,
    health_check_grace_seconds=0,
    load_balancers=(),
    discovery_service_arns=(),
)


def test_a_service_has_one_completed_deployment_of_its_revision_with_all_its_tasks() -> None:
    seen = steady(SERVICE, NOW)
    (deployment,) = seen.deployments
    assert (deployment.status, deployment.rollout_state) == ("PRIMARY", "COMPLETED")
    assert deployment.task_definition_arn == "arn:task-definition:2"
    assert (seen.running_count, seen.pending_count, deployment.running_count, deployment.desired_count) == (3, 0, 3, 3)


@pytest.mark.parametrize("service", [replace(SERVICE, desired_count=0), replace(SERVICE, status="DRAINING")])
def test_a_service_with_desired_count_0_or_being_deleted_has_no_tasks(service: EcsService) -> None:
    assert steady(service, NOW).running_count == 0

"""Tests of the observations that DescribeServices reports."""

from __future__ import annotations

from datetime import UTC, datetime

from colonnade_sandbox.control_plane.observations import ServiceEvent
from colonnade_sandbox.tasks.deployment_state import DeploymentState, Revision, ServiceState, TaskView
from colonnade_sandbox.tasks.observation import observe
from tests.support.ecs_snapshots import ecs_service, task_definition

NEW, OLD = (
    DeploymentState(
        id=f"ecs-svc/{revision}",
        revision=Revision.of(ecs_service(task_definition(revision))),
        created_at=1_700_000_000,
        updated_at=1_700_000_060,
        rollout_state_reason="in progress",
        failed_tasks=revision,
    )
    for revision in (2, 1)
)
TASKS = (
    TaskView(id="starting", deployment_id=NEW.id, status="PENDING"),
    TaskView(id="unproven", deployment_id=NEW.id, status="RUNNING", health="initial"),
    TaskView(id="proven", deployment_id=NEW.id, status="RUNNING", health="unhealthy"),
    TaskView(id="draining", deployment_id=OLD.id, status="STOPPING"),
    TaskView(id="ended", deployment_id=OLD.id, status="STOPPED"),
)
EVENTS = tuple(
    ServiceEvent(message=message, created_at=datetime.fromtimestamp(seconds, UTC))
    for message, seconds in (("newest", 1_700_000_060), ("oldest", 1_700_000_000))
)
STATE = ServiceState(deployments=(NEW, OLD), ever_healthy=frozenset({"proven", "draining"}), events=EVENTS)


def test_a_task_counts_as_running_while_its_process_runs_healthy_or_not_and_a_stopping_task_does_not_count() -> None:
    observed = observe(STATE, TASKS, desired_count=3)
    assert (observed.running_count, observed.pending_count) == (2, 1)
    assert [(each.running_count, each.pending_count) for each in observed.deployments] == [(2, 1), (0, 0)]


def test_deployments_are_reported_in_the_format_of_ecs() -> None:
    primary, active = observe(STATE, TASKS, desired_count=3).deployments
    assert (primary.id, primary.status, primary.desired_count, primary.failed_tasks) == ("ecs-svc/2", "PRIMARY", 3, 2)
    assert (active.id, active.status, active.desired_count) == ("ecs-svc/1", "ACTIVE", 0)
    assert primary.created_at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert primary.rollout_state_reason == "in progress"


def test_events_keep_their_order() -> None:
    assert observe(STATE, TASKS, desired_count=3).events == EVENTS

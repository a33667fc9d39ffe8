"""The observation of an ECS service for DescribeServices: service state + tasks -> `ServiceObservation`. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from colonnade_sandbox.control_plane.observations import Deployment, ServiceObservation
from colonnade_sandbox.tasks.deployment_state import ServiceState, TaskView


def observe(state: ServiceState, tasks: Sequence[TaskView], desired_count: int) -> ServiceObservation:
    """Return the observation of a service.

    A task counts as pending until it is healthy for the first time, then as running until it has stopped. ECS counts a
    task as running once its process runs. Here a client that waits for the running count also waits for health.
    """
    running, pending = _counted(state, tasks)
    return ServiceObservation(
        deployments=_deployments(state, tasks, desired_count),
        running_count=running,
        pending_count=pending,
        events=state.events,
    )


def _deployments(state: ServiceState, tasks: Sequence[TaskView], desired_count: int) -> tuple[Deployment, ...]:
    found = []
    for place, deployment in enumerate(state.deployments):
        running, pending = _counted(state, [task for task in tasks if task.deployment_id == deployment.id])
        found.append(
            Deployment(
                id=deployment.id,
                status="PRIMARY" if place == 0 else "ACTIVE",
                task_definition_arn=deployment.revision.task_definition.arn,
                desired_count=desired_count if place == 0 else 0,
                running_count=running,
                pending_count=pending,
                failed_tasks=deployment.failed_tasks,
                rollout_state=deployment.rollout_state,
                rollout_state_reason=deployment.rollout_state_reason,
                created_at=datetime.fromtimestamp(deployment.created_at, UTC),
                updated_at=datetime.fromtimestamp(deployment.updated_at, UTC),
            )
        )
    return tuple(found)


def _counted(state: ServiceState, tasks: Sequence[TaskView]) -> tuple[int, int]:
    live = [task for task in tasks if task.status != "STOPPED"]
    pending = sum(task.status != "STOPPING" and task.id not in state.ever_healthy for task in live)
    return len(live) - pending, pending

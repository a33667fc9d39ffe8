"""The observation of an ECS service for DescribeServices: service state + tasks -> `ServiceObservation`. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from colonnade_sandbox.control_plane.observations import Deployment, ServiceObservation, TaskObservation
from colonnade_sandbox.tasks.deployment_state import DeploymentState, ServiceState, TaskView


def observe(
    state: ServiceState, tasks: Sequence[TaskView], desired_count: int, described: Sequence[TaskObservation] = ()
) -> ServiceObservation:
    """Return the observation of a service; `described` are its tasks in the form of DescribeTasks.

    As in ECS, a task counts as running while its status is RUNNING, also while it fails its health checks. A task that
    is being stopped does not count:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html
    """
    running, pending = _counted(tasks)
    return ServiceObservation(
        deployments=tuple(
            _deployment(each, tasks, desired_count=desired_count, primary=place == 0)
            for place, each in enumerate(state.deployments)
        ),
        running_count=running,
        pending_count=pending,
        events=state.events,
        tasks=tuple(described),
        seen_deployments=state.seen,
        ended_deployments=tuple(
            _deployment(each, (), desired_count=desired_count, primary=False) for each in state.ended
        ),
    )


def _deployment(
    deployment: DeploymentState, tasks: Sequence[TaskView], *, desired_count: int, primary: bool
) -> Deployment:
    running, pending = _counted([task for task in tasks if task.deployment_id == deployment.id])
    return Deployment(
        id=deployment.id,
        status="PRIMARY" if primary else "ACTIVE",
        task_definition_arn=deployment.revision.task_definition.arn,
        desired_count=desired_count if primary else 0,
        running_count=running,
        pending_count=pending,
        failed_tasks=deployment.failed_tasks,
        rollout_state=deployment.rollout_state,
        rollout_state_reason=deployment.rollout_state_reason,
        created_at=datetime.fromtimestamp(deployment.created_at, UTC),
        updated_at=datetime.fromtimestamp(deployment.updated_at, UTC),
        network=deployment.revision.network,
        rolls_back=deployment.rolls_back,
    )


def _counted(tasks: Sequence[TaskView]) -> tuple[int, int]:
    return sum(task.status == "RUNNING" for task in tasks), sum(task.status == "PENDING" for task in tasks)

"""A task's health, from the states of its targets in DescribeTargetHealth and its container health checks. No I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from colonnade_sandbox.control_plane.observations import HealthStatus, TargetHealth
from colonnade_sandbox.tasks.deployment_state import Health
from colonnade_sandbox.tasks.registration import Registrant

SETTLED_AFTER_SECONDS = 2.0
"""A task without a target group and container health checks counts as healthy after this time.

ECS waits for 40 seconds:
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentConfiguration.html
"""


def health(
    task: Registrant,
    target_health: Mapping[str, tuple[TargetHealth, ...]],
    *,
    containers: HealthStatus,
    running_for_seconds: float,
) -> Health:
    """Return the health of a task.

    It is unhealthy if a target or the containers are unhealthy, healthy if all of them are healthy, and otherwise
    initial.
    """
    states = [target.state for target in _targets(task, target_health)]
    if "unhealthy" in states or containers == "UNHEALTHY":
        return "unhealthy"
    groups, checked = len(task.revision.load_balancers), task.revision.task_definition.health_checks
    if not groups and not checked:
        return "healthy" if running_for_seconds >= SETTLED_AFTER_SECONDS else "initial"
    passed = not checked or containers == "HEALTHY"
    return "healthy" if passed and len(states) == groups and set(states) <= {"healthy"} else "initial"


def is_draining(task: Registrant, target_health: Mapping[str, tuple[TargetHealth, ...]]) -> bool:
    """Return True if a target group still drains the task, so that requests in flight can finish."""
    return any(target.state == "draining" for target in _targets(task, target_health))


def unhealthy_target(
    task: Registrant, target_health: Mapping[str, tuple[TargetHealth, ...]]
) -> tuple[str, TargetHealth] | None:
    """Return the task's unhealthy target with the ARN of its target group; None if no target is unhealthy."""
    registered = _registered(task, target_health)
    return next(((group, target) for group, target in registered if target.state == "unhealthy"), None)


def _targets(task: Registrant, target_health: Mapping[str, tuple[TargetHealth, ...]]) -> Iterator[TargetHealth]:
    return (target for _, target in _registered(task, target_health))


def _registered(
    task: Registrant, target_health: Mapping[str, tuple[TargetHealth, ...]]
) -> Iterator[tuple[str, TargetHealth]]:
    """Yield the task's targets, each with the ARN of its target group."""
    for load_balancer in task.revision.load_balancers:
        group = load_balancer.target_group_arn
        for target in target_health.get(group, ()):
            if (target.address, target.port) == (task.address, load_balancer.container_port):
                yield group, target

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
    """Return healthy if all target groups and container health checks of the task say so.

    The result is unhealthy if any of them does, otherwise initial.
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


def unhealthy_because(task: Registrant, target_health: Mapping[str, tuple[TargetHealth, ...]]) -> str:
    """Return the load balancer's description of the unhealthy target, such as the status of the last check."""
    for target in _targets(task, target_health):
        if target.state == "unhealthy":
            return target.description if target.description else target.reason
    return "Health checks failed"


def _targets(task: Registrant, target_health: Mapping[str, tuple[TargetHealth, ...]]) -> Iterator[TargetHealth]:
    for load_balancer in task.revision.load_balancers:
        for target in target_health.get(load_balancer.target_group_arn, ()):
            if (target.address, target.port) == (task.address, load_balancer.container_port):
                yield target

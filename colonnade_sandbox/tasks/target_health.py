"""A task's health, from the states of its targets in DescribeTargetHealth. No I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from colonnade_sandbox.control_plane.observations import TargetHealth
from colonnade_sandbox.tasks.deployment_state import Health
from colonnade_sandbox.tasks.registration import Registrant

SETTLED_AFTER_SECONDS = 2.0
"""A task without a target group counts as healthy after this time. A task that ends before is never healthy."""


def health(
    task: Registrant, target_health: Mapping[str, tuple[TargetHealth, ...]], *, running_for_seconds: float
) -> Health:
    """Return healthy if the task is healthy in all its target groups, unhealthy if it is in any, otherwise initial."""
    if not task.revision.load_balancers:
        return "healthy" if running_for_seconds >= SETTLED_AFTER_SECONDS else "initial"
    states = [target.state for target in _targets(task, target_health)]
    if "unhealthy" in states:
        return "unhealthy"
    whole = len(states) == len(task.revision.load_balancers)
    return "healthy" if whole and all(state == "healthy" for state in states) else "initial"


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

"""The health check of a service's tasks by the load balancer: interval, timeout and thresholds.

The environment's health check applies to all services that do not declare their own. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from colonnade.model import aws_limits
from colonnade.model.declared import Declared
from colonnade.model.errors import Fault, out_of_range


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthCheck(Declared):
    """The timing of a target group's health check."""

    interval_seconds: int
    """The time between two checks of a target.

    Rule: 5 to 300.
    AWS: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
    Example: 10
    """
    timeout_seconds: int
    """The time that a target has to respond.

    Rule: 2 to 120, and less than the interval.
    AWS: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
    Example: 5
    """
    healthy_threshold: int
    """The number of consecutive checks that a target must pass to become healthy.

    Rule: 2 to 10.
    AWS: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
    Example: 2
    """
    unhealthy_threshold: int
    """The number of consecutive checks that a target must fail to become unhealthy.

    Rule: 2 to 10.
    AWS: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
    Example: 3
    """


def health_check_faults(check: HealthCheck, knows: Callable[..., bool]) -> Iterator[Fault]:
    """Yield the faults of a declared health check; rules with unknown fields are skipped."""
    values = (
        ("interval_seconds", check.interval_seconds, aws_limits.HEALTH_CHECK_INTERVAL_SECONDS),
        ("timeout_seconds", check.timeout_seconds, aws_limits.HEALTH_CHECK_TIMEOUT_SECONDS),
        ("healthy_threshold", check.healthy_threshold, aws_limits.HEALTH_CHECK_THRESHOLD),
        ("unhealthy_threshold", check.unhealthy_threshold, aws_limits.HEALTH_CHECK_THRESHOLD),
    )
    for field, value, (least, most) in values:
        if knows(f"health_check.{field}") and not least <= value <= most:
            yield out_of_range(f"health_check.{field}", value, least, most)
    both = knows("health_check.timeout_seconds", "health_check.interval_seconds")
    if both and check.timeout_seconds >= check.interval_seconds:
        yield Fault(
            f"health_check.timeout_seconds {check.timeout_seconds} is not less than health_check.interval_seconds "
            f"{check.interval_seconds}",
            timeout_fix(check.interval_seconds),
        )


def timeout_fix(interval_seconds: int) -> str:
    """Return how to correct a timeout that is not less than the interval."""
    least, most = aws_limits.HEALTH_CHECK_TIMEOUT_SECONDS
    longest = min(interval_seconds - 1, most)
    return f"use {longest} or less, or a longer interval" if longest >= least else "use a longer interval"

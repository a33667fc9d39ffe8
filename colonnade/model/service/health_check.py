"""The health check of a service's tasks by the load balancer: path, codes, port, timing and thresholds.

The environment's timing and thresholds apply to all services that do not declare their own. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from colonnade.model import aws_limits
from colonnade.model.declared import Declared
from colonnade.model.errors import Fault, out_of_range

if TYPE_CHECKING:  # the declaration of a service imports this module
    from colonnade.model.service.declaration import Service

Knows = Callable[..., bool]

_CODES = r"[0-9]{3}(-[0-9]{3})?(,[0-9]{3}(-[0-9]{3})?)*"


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


def health_check_faults(service: Service, knows: Knows) -> Iterator[Fault]:
    """Yield the faults of a service's health check by the load balancer; rules with unknown fields are skipped."""
    if knows("health_check_path"):
        yield from _path_faults(service.health_check_path)
    if knows("health_check_matcher"):
        yield from _matcher_faults(service.health_check_matcher)
    if knows("health_check_port", "container_port") and service.health_check_port is not None:
        yield from _port_faults(service.health_check_port, service.container_port)
    if knows("health_check") and service.health_check is not None:
        yield from _timing_faults(service.health_check, knows)


def _path_faults(path: str) -> Iterator[Fault]:
    if not path.startswith("/") or len(path) > aws_limits.HEALTH_CHECK_PATH_LENGTH:
        least_and_most = f"1 to {aws_limits.HEALTH_CHECK_PATH_LENGTH} characters"
        yield Fault(f"health check path {path!r} is not a path", f"begin it with '/'; {least_and_most}")
    elif not path.isascii() or not path.isprintable() or " " in path:
        yield Fault(
            f"health check path {path!r} contains whitespace or a character that is not ASCII", "percent-encode it"
        )


def _matcher_faults(matcher: str) -> Iterator[Fault]:
    least, most = aws_limits.HEALTH_CHECK_CODES
    ranges = (
        [[int(code) for code in part.split("-")] for part in matcher.split(",")]
        if re.fullmatch(_CODES, matcher)
        else []
    )
    if not ranges or any(not least <= each[0] <= each[-1] <= most for each in ranges):
        yield Fault(
            f"health_check_matcher {matcher!r} is not a list of status codes from {least} to {most}",
            "write it like '200', '200,204' or '200-299'",
        )


def _port_faults(port: int, container_port: int | None) -> Iterator[Fault]:
    least, most = aws_limits.CONTAINER_PORTS
    if not least <= port <= most:
        yield out_of_range("health_check_port", port, least, most)
    elif port == container_port:
        yield Fault(f"health_check_port {port} is the container_port, which is checked by default", "remove it")


def _timing_faults(check: HealthCheck, knows: Knows) -> Iterator[Fault]:
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

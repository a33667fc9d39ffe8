"""The rules for the times of an environment: draining, stopping, health checks and steady state.

    stop of a task: SIGTERM -> it drains while callers use its address -> SIGKILL after the stop timeout

Pure.
"""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.model import aws_limits
from colonnade.model.errors import Fault
from colonnade.model.service.health_check import timeout_fix

RESOLVER_CACHE_SECONDS = 2
"""The time that a service's resolver caches an address beyond Cloud Map's TTL; part of the container contract."""

_LONGEST_DRAIN = aws_limits.FARGATE_STOP_TIMEOUT_SECONDS[1] - 1
"""A task must drain before it is killed."""


def drain_faults(drain_seconds: int, dns_ttl_seconds: int, stop_timeout_seconds: int) -> Iterator[Fault]:
    """Yield a fault if a task stops serving while callers may still use its address."""
    stale = _stale_seconds(dns_ttl_seconds)
    if drain_seconds <= stale:
        yield Fault(
            f"tasks.drain_seconds {drain_seconds} is too short: callers may use a task's address for "
            f"timing.dns_ttl_seconds {dns_ttl_seconds} plus {RESOLVER_CACHE_SECONDS} seconds of the resolver's cache",
            _drain_fix(drain_seconds, stale, stop_timeout_seconds),
        )


def _stale_seconds(dns_ttl_seconds: int) -> int:
    """Return the time for which callers may use the address of a stopped task; a negative TTL is reported as such."""
    return max(dns_ttl_seconds, 0) + RESOLVER_CACHE_SECONDS


def _drain_fix(drain: int, stale: int, stop_timeout: int) -> str:
    """Return a fix after which neither the drain time nor the stop timeout has a fault."""
    if stale < _LONGEST_DRAIN:
        longer = f" and a tasks.stop_timeout_seconds of {stale + 2} or more" if stop_timeout <= stale + 1 else ""
        return f"use {stale + 1} or more{longer}{', or a smaller TTL' if drain > RESOLVER_CACHE_SECONDS else ''}"
    most = min(drain, _LONGEST_DRAIN) - RESOLVER_CACHE_SECONDS - 1
    if most >= 0:
        why = f": a task drains for at most {_LONGEST_DRAIN} seconds" if drain >= _LONGEST_DRAIN else ""
        return f"use a timing.dns_ttl_seconds of {most} or less{why}"
    least = RESOLVER_CACHE_SECONDS + 1
    longer = f" and a tasks.stop_timeout_seconds of {least + 1} or more" if stop_timeout <= least else ""
    why = f"a task drains for at most {_LONGEST_DRAIN} seconds"
    return f"use {least} and a timing.dns_ttl_seconds of 0{longer}: {why}"


def stop_timeout_faults(stop_timeout_seconds: int, drain_seconds: int, dns_ttl_seconds: int) -> Iterator[Fault]:
    """Yield a fault if a task is killed before it has drained."""
    most = aws_limits.FARGATE_STOP_TIMEOUT_SECONDS[1]
    if min(stop_timeout_seconds, most) > drain_seconds:
        return
    message = (
        f"tasks.stop_timeout_seconds {stop_timeout_seconds} is not longer than tasks.drain_seconds {drain_seconds}"
        if stop_timeout_seconds <= drain_seconds
        else f"tasks.drain_seconds {drain_seconds} is too long: ECS kills a task after at most {most} seconds"
    )
    yield Fault(message, _stop_fix(stop_timeout_seconds, drain_seconds, _stale_seconds(dns_ttl_seconds)))


def _stop_fix(stop_timeout: int, drain: int, stale: int) -> str:
    """Return a fix after which the stop timeout has no fault, also with the drain time that `_drain_fix` proposes."""
    if drain <= _LONGEST_DRAIN:
        proposed = stale + 1 if stale < _LONGEST_DRAIN else RESOLVER_CACHE_SECONDS + 1
        return f"use {max(drain, proposed) + 1} or more"
    if stale < stop_timeout - 1 < _LONGEST_DRAIN:
        return f"use a drain time of {stop_timeout - 1} or less"
    longer = f" and a stop timeout of {_LONGEST_DRAIN + 1}" if stop_timeout <= _LONGEST_DRAIN else ""
    ttl = f" and a TTL of {_LONGEST_DRAIN - RESOLVER_CACHE_SECONDS - 1} or less" if stale >= _LONGEST_DRAIN else ""
    return f"use a drain time of {_LONGEST_DRAIN}{longer}{ttl}"


def health_check_faults(timeout_seconds: int, interval_seconds: int) -> Iterator[Fault]:
    """Yield a fault if one check is not over before the next one begins."""
    if timeout_seconds >= interval_seconds:
        yield Fault(
            f"timing.health_check_timeout_seconds {timeout_seconds} is not less than "
            f"timing.health_check_interval_seconds {interval_seconds}",
            timeout_fix(interval_seconds),
        )


def steady_state_faults(timeout_minutes: int, grace_seconds: int, delay_seconds: int) -> Iterator[Fault]:
    """Yield a fault if an apply gives up before a new task may be healthy, or an old one has left."""
    # A new task may fail its checks for the grace period; ECS stops a replaced task after its target is deregistered.
    delay = delay_seconds if delay_seconds <= aws_limits.DEREGISTRATION_DELAY_SECONDS[1] else 0  # reported as such
    longest, key = max((grace_seconds, "health_check_grace_seconds"), (delay, "deregistration_delay_seconds"))
    if timeout_minutes * 60 <= longest:
        yield Fault(
            f"timing.steady_state_timeout_minutes {timeout_minutes} ends before timing.{key} {longest}",
            f"use {longest // 60 + 1} or more",
        )

"""Listener rule priorities that are computed from the prefix alone, so that no service's coming or going moves another's.

Each depth of prefix has a band of priorities, deeper bands first, so that of nested prefixes the longer one is asked
first; within its band a prefix's place is a hash of its text. Two prefixes on one place are refused, with a free
priority for the later. Pure; imported by `deployment_spec`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from modules.spec import aws_limits, path_pattern
from modules.spec.errors import Problem
from modules.spec.service_spec import ServiceSpec

_BAND_SIZES = (20_000, 12_000, 8_000, 4_000, 2_000, 1_000)
"""Priorities for prefixes of one segment, two, ...: most where most prefixes are, so that collisions are rare."""
_DEEPER_BAND_SIZE = 50
"""For each depth beyond; the 63 segments that 126 characters can hold leave 150 priorities before all bands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityAssignment:
    """The priority of each service's listener rule by name, and what keeps services from having one."""

    priorities: dict[str, int]
    problems: tuple[Problem, ...]


def band(segment_count: int) -> range:
    """The priorities of prefixes with so many segments."""
    sizes = (*_BAND_SIZES, *([_DEEPER_BAND_SIZE] * max(0, segment_count - len(_BAND_SIZES))))
    last = aws_limits.RULE_PRIORITIES[1] - sum(sizes[: segment_count - 1])
    return range(last - sizes[segment_count - 1] + 1, last + 1)


def computed_priority(prefix: str) -> int:
    """The priority of a prefix: the same on every machine and beside any other services."""
    candidates = band(path_pattern.segment_count(prefix))
    # Python's own hash differs from process to process.
    return candidates[int.from_bytes(hashlib.sha256(prefix.encode()).digest()[:8]) % len(candidates)]


def assign_priorities(services: Sequence[ServiceSpec]) -> PriorityAssignment:
    """Each service's priority: its own `rule_priority`, or the computed one."""
    priorities = {
        service.name: service.rule_priority
        if service.rule_priority is not None
        else computed_priority(service.path_prefix)
        for service in services
    }
    return PriorityAssignment(priorities=priorities, problems=())

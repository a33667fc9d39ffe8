"""Listener rule priorities, computed from the path prefix alone, so that adding or removing a service changes no other
priority.

Prefixes with the same number of segments share a range of priorities, a band. Prefixes with more segments have a band
of lower numbers, so the longer of two nested prefixes is evaluated first. The hash of a prefix selects its priority in
the band. Two prefixes with the same priority are refused, with a free priority suggested for the later one. Pure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, combinations
from urllib.parse import quote

from colonnade.model import aws_limits
from colonnade.model.errors import Fault, out_of_range
from colonnade.model.routing import path_pattern
from colonnade.model.service.declaration import Service

_BAND_SIZES = (20_000, 12_000, 8_000, 4_000, 2_000, 1_000)
"""Band sizes for prefixes of one segment, two, ...: largest for the most common depths, so that collisions are rare."""
_DEEPER_BAND_SIZE = 50
"""The band size for each further depth. A prefix of 126 characters has at most 63 segments; with all their bands, 150
priorities remain free."""

_KEY_CHARACTERS = str.maketrans({"/": "_", "_": "%5F", ".": "%2E", "~": "%7E"})

_LEAST, _MOST = aws_limits.RULE_PRIORITIES


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """The fields of a service that determine its listener rule."""

    name: str
    path_prefix: str
    rule_priority: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorityAssignment:
    """The priority of each service's listener rule by service name, and the faults found."""

    priorities: dict[str, int]
    faults: tuple[tuple[str, Fault], ...]
    """Each fault with the name of the service that has it."""


def band(segment_count: int) -> range:
    """Return the priorities for prefixes with this number of segments, 1 to 63."""
    sizes = (*_BAND_SIZES, *([_DEEPER_BAND_SIZE] * max(0, segment_count - len(_BAND_SIZES))))
    last = _MOST - sum(sizes[: segment_count - 1])
    return range(last - sizes[segment_count - 1] + 1, last + 1)


def computed_priority(prefix: str) -> int:
    """Return the priority of a prefix: the same on every machine, whatever other services exist."""
    candidates = band(path_pattern.segment_count(prefix))
    # Python's built-in hash differs between processes.
    return candidates[int.from_bytes(hashlib.sha256(prefix.encode()).digest()[:8]) % len(candidates)]


def rule_key(prefix: str) -> str:
    """Return the key of a listener rule in the Terraform state, which follows from its path prefix alone.

    If two services swap their prefixes, Terraform updates both rules in place, so that each forwards to the other
    service. A changed `rule_priority` also updates its rule in place. '/api/users' becomes 'api_users'; every character
    other than a letter, a digit or '-' is encoded, so two prefixes never have the same key.
    """
    return quote(prefix.removeprefix("/"), safe="/").translate(_KEY_CHARACTERS)


def assign_priorities(services: Sequence[Service]) -> PriorityAssignment:
    """Return each service's priority: its `rule_priority` or, without one, the computed priority.

    Names and prefixes must be unique. A service without a prefix has no rule and gets no priority.
    """
    rules = [
        _Rule(name=service.name, path_prefix=service.path_prefix, rule_priority=service.rule_priority)
        for service in services
        if service.path_prefix is not None
    ]
    return _Assignment(rules).result()


def scaling_faults(services: Sequence[Service], scale: Callable[[int], int]) -> Iterator[tuple[str, Fault]]:
    """Yield a service and its fault if `scale` gives the service the same priority as an earlier one.

    `scale` maps the computed priorities to the range of an existing listener and keeps their order. The services must
    have no faults of `assign_priorities`.
    """
    wanted = assign_priorities(services).priorities
    holders: dict[int, str] = {}
    for service in services:
        if service.path_prefix is None:
            continue
        priority = scale(wanted[service.name])
        holder = holders.setdefault(priority, service.name)
        if holder != service.name:
            yield (
                service.name,
                Fault(
                    f"its priority {wanted[service.name]} becomes {priority} on the existing listener, as does that "
                    f"of service {holder!r}",
                    "give the listener a wider range of priorities, or the service a rule_priority further away",
                ),
            )


class _Assignment:
    """The assignment in progress, oldest service first. A priority that was suggested is not suggested again."""

    def __init__(self, services: Sequence[_Rule]) -> None:
        self._services = services
        self._wanted = {service.name: _wanted(service) for service in services}
        self._taken = set(self._wanted.values())

    def result(self) -> PriorityAssignment:
        faults = tuple(chain(self._misplaced(), self._collisions(), self._shadows()))
        return PriorityAssignment(priorities=dict(self._wanted), faults=faults)

    def _misplaced(self) -> Iterator[tuple[str, Fault]]:
        for service in self._services:
            if not _in_range(self._wanted[service.name]):
                note = f"; without one it is {computed_priority(service.path_prefix)}"
                fault = out_of_range("rule_priority", self._wanted[service.name], _LEAST, _MOST, note=note)
                yield service.name, fault

    def _collisions(self) -> Iterator[tuple[str, Fault]]:
        holders: dict[int, _Rule] = {}
        for service in self._services:
            priority = self._wanted[service.name]
            holder = holders.setdefault(priority, service)
            if holder is not service and _in_range(priority):
                fault = Fault(
                    f"{_described(service, priority)} is taken by service {holder.name!r} at {holder.path_prefix!r}",
                    self._fix(service),
                )
                yield service.name, fault

    def _shadows(self) -> Iterator[tuple[str, Fault]]:
        for earlier, later in combinations(self._services, 2):
            outer, inner = sorted((earlier, later), key=lambda service: len(service.path_prefix))
            first, second = self._wanted[outer.name], self._wanted[inner.name]
            if first < second and _in_range(first, second) and path_pattern.owns(outer.path_prefix, inner.path_prefix):
                yield self._shadow(outer, inner, later)

    def _shadow(self, outer: _Rule, inner: _Rule, later: _Rule) -> tuple[str, Fault]:
        # Computed priorities never shadow each other, so the problem is that of the service with an explicit priority,
        # or of the later service if both have one.
        explicit = [service for service in (outer, inner) if service.rule_priority is not None]
        culprit = explicit[0] if len(explicit) == 1 else later
        first, second = self._wanted[outer.name], self._wanted[inner.name]
        if culprit is outer:
            message = f"{_described(outer, first)} comes before {second} of service {inner.name!r}, whose path prefix "
            message += f"{inner.path_prefix!r} lies under {outer.path_prefix!r}: that service would never get a request"
        else:
            message = f"{_described(inner, second)} comes after {first} of service {outer.name!r}, whose path prefix "
            message += f"{outer.path_prefix!r} already matches every request for {inner.path_prefix!r}"
        return culprit.name, Fault(message, self._fix(culprit))

    def _fix(self, service: _Rule) -> str:
        free = self._free(service)
        if free is None:
            return (
                "change the other's rule_priority: no priority is free between those of the prefixes above and below it"
            )
        self._taken.add(free)
        return f"set its rule_priority to {free}, which is free"

    def _free(self, service: _Rule) -> int | None:
        """Return an unused priority.

        It is evaluated after all rules for longer prefixes under this one, and before all rules for shorter prefixes
        above it.
        """
        prefix = service.path_prefix
        others = [other for other in self._services if other is not service]
        below = [self._wanted[o.name] for o in others if path_pattern.owns(prefix, o.path_prefix)]
        above = [self._wanted[o.name] for o in others if path_pattern.owns(o.path_prefix, prefix)]
        lowest, highest = max(below, default=0) + 1, min(above, default=_MOST + 1) - 1
        places = band(path_pattern.segment_count(prefix))
        start = places.index(computed_priority(prefix))
        candidates = chain(places[start:], places[:start], range(lowest, highest + 1))
        return next((p for p in candidates if lowest <= p <= highest and p not in self._taken), None)


def _wanted(service: _Rule) -> int:
    return service.rule_priority if service.rule_priority is not None else computed_priority(service.path_prefix)


def _in_range(*priorities: int) -> bool:
    return all(_LEAST <= priority <= _MOST for priority in priorities)


def _described(service: _Rule, priority: int) -> str:
    if service.rule_priority is not None:
        return f"rule_priority {priority}"
    return f"priority {priority}, computed from path prefix {service.path_prefix!r},"

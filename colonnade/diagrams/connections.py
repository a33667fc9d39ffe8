"""The positions of the lines for calls between services.

A lane is a vertical line beside the services. Calls share a lane if they do not overlap. Pure functions on numbers.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from colonnade.diagrams.deployed import Call


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """Calls between two services, in one direction or both."""

    upper: str
    lower: str
    """The two services, by row."""
    up: bool
    """True if the lower service calls the upper one."""
    down: bool
    """True if the upper service calls the lower one."""
    lane: int
    """The number of the lane; lane 0 is next to the services."""


def connections(calls: Sequence[Call], row_of: Mapping[str, int]) -> tuple[Connection, ...]:
    """Return the calls with their lanes. Short calls are next to the services, long calls are outside of them."""
    pairs: dict[tuple[str, str], set[str]] = defaultdict(set)
    for call in calls:
        upper, lower = sorted((call.caller, call.callee), key=lambda name: row_of[name])
        pairs[upper, lower].add("down" if call.caller == upper else "up")
    spans = {pair: (row_of[pair[0]], row_of[pair[1]]) for pair in pairs}
    taken: list[list[tuple[int, int]]] = []
    found = []
    for pair in sorted(pairs, key=lambda pair: (spans[pair][1] - spans[pair][0], spans[pair])):
        lane = _free_lane(spans[pair], taken)
        directions = pairs[pair]
        found.append(
            Connection(upper=pair[0], lower=pair[1], up="up" in directions, down="down" in directions, lane=lane)
        )
    return tuple(found)


def _free_lane(span: tuple[int, int], taken: list[list[tuple[int, int]]]) -> int:
    """Return the innermost lane that is free over the whole span, and mark the span as taken."""
    for lane, spans in enumerate(taken):
        if all(span[1] < first or last < span[0] for first, last in spans):
            spans.append(span)
            return lane
    taken.append([span])
    return len(taken) - 1


def meeting_order(service: str, found: Sequence[Connection]) -> tuple[Connection, ...]:
    """Return a service's connections from top to bottom, in an order in which their lines do not cross."""
    up = sorted((each for each in found if each.lower == service), key=lambda each: each.lane)
    down = sorted((each for each in found if each.upper == service), key=lambda each: -each.lane)
    return (*up, *down)

"""The order of an apply's operations: which one has ended before another one starts, in every run of Terraform.

An apply runs independent operations in parallel and in any order, so the order is partial. `terraform graph -plan=FILE`
prints it: `"a" -> "b"` means that b ends before a starts.
https://developer.hashicorp.com/terraform/cli/commands/graph
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable
from typing import NamedTuple

_EDGE = re.compile(r'^\s*"((?:[^"\\]|\\.)*)" -> "((?:[^"\\]|\\.)*)"', re.MULTILINE)
_NODE = re.compile(r"(.*?)(?: \((destroy|expand)(?: deposed \w+)?\))?", re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class Kind(enum.Enum):
    """The kind of an operation."""

    APPLY = "apply"
    """Create or update."""
    DESTROY = "destroy"
    """Destroy; of a replacement that creates first, of the old object, which Terraform calls deposed."""
    PASSES = "passes"
    """No operation: a node of the graph that only passes the order on."""


class Operation(NamedTuple):
    """One operation on the resource at an address."""

    address: str
    kind: Kind


def applies(address: str) -> Operation:
    """Return the operation that creates or updates the resource."""
    return Operation(address, Kind.APPLY)


def destroys(address: str) -> Operation:
    """Return the operation that destroys the resource, or the old object of its replacement."""
    return Operation(address, Kind.DESTROY)


class Order:
    """The partial order of operations."""

    def __init__(
        self, edges: Iterable[tuple[Operation, Operation]], *, approximate: bool, at_best: Order | None = None
    ) -> None:
        """Create the order from pairs of a later and an earlier operation.

        `approximate`: the pairs come from the plan's JSON, and some may be missing. `at_best`: the order if what the
        JSON does not show is as harmless as it can be.
        """
        self.approximate = approximate
        self.at_best = at_best
        self._places: dict[Operation, int] = {}
        self._next: list[list[int]] = []
        for later, earlier in edges:
            self._next[self._place(later)].append(self._place(earlier))
        self._earlier = _reachable(self._next)

    def _place(self, operation: Operation) -> int:
        place = self._places.setdefault(operation, len(self._next))
        if place == len(self._next):
            self._next.append([])
        return place

    def before(self, first: Operation, later: Operation) -> bool:
        """Return True if `first` has ended before `later` starts, in every apply."""
        places = self._places
        return first in places and later in places and bool(self._earlier[places[later]] >> places[first] & 1)

    def until(self, first: Operation, later: Operation) -> bool:
        """Return True if both are one operation, or `first` has ended before `later` starts."""
        return first == later or self.before(first, later)


def _reachable(next_: list[list[int]]) -> list[int]:
    """Return, for each place, the set of all places that it leads to, as bits of an integer.

    A graph of Terraform has no cycle. Where the plan's JSON has one, the sets within it are incomplete: operations are
    then unordered, which only adds to what may be interrupted.
    """
    done: list[int | None] = [None] * len(next_)
    for start in range(len(next_)):
        pending, opened = [start], set[int]()
        while pending:
            place = pending[-1]
            if done[place] is None and place not in opened:
                opened.add(place)
                pending.extend(each for each in next_[place] if done[each] is None and each not in opened)
                continue
            pending.pop()
            if done[place] is None:
                bits = 0
                for each in next_[place]:
                    bits |= 1 << each | (done[each] or 0)
                done[place] = bits
    return [bits or 0 for bits in done]


def order_of_graph(dot: str) -> Order:
    """Return the order in the output of `terraform graph -plan=FILE`."""
    edges = ((_operation(later), _operation(earlier)) for later, earlier in _EDGE.findall(dot))
    return Order(edges, approximate=False)


def _operation(node: str) -> Operation:
    name = _ESCAPED.sub(r"\1", node).removeprefix("[root] ")
    match = _NODE.fullmatch(name)
    if match is None or match[2] is None:
        return Operation(name, Kind.APPLY)
    return Operation(match[1], Kind.DESTROY if match[2] == "destroy" else Kind.PASSES)

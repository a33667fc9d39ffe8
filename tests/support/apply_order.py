"""The order in which Terraform applies a saved plan, read from `terraform graph -plan=FILE`.

An operation is an address and its kind: 'apply' creates or updates a resource, 'destroy' destroys it. In the graph an
edge `a -> b` means that b ends before a starts. Operations without a path between them run in any order.

The review reads the same graph in `colonnade.review.interruptions.order`. The tests hold the review to `plan_harm`, so
both share no code: an error in one of them would otherwise hide in the other.
"""

from __future__ import annotations

import re
from collections import defaultdict
from typing import Literal, NamedTuple, Self

_EDGE = re.compile(r'^\s*"((?:[^"\\]|\\.)*)" -> "((?:[^"\\]|\\.)*)"', re.MULTILINE)
_NODE = re.compile(r"(.*?)(?: \((destroy|expand)(?: deposed \w+)?\))?")
"""A replacement that is created first destroys "deposed" objects. A resource without a change is expanded only."""


class Operation(NamedTuple):
    """One operation on one resource."""

    address: str
    kind: Literal["apply", "destroy", "expand"]


class ApplyOrder:
    """A partial order of the operations of one apply."""

    def __init__(self, earlier: dict[Operation, set[Operation]]) -> None:
        self._earlier = earlier
        self._before: dict[Operation, frozenset[Operation]] = {}

    @classmethod
    def read(cls, dot: str) -> Self:
        """Return the order of a graph that Terraform printed."""
        earlier: dict[Operation, set[Operation]] = defaultdict(set)
        for later, first in _EDGE.findall(dot):
            earlier[_operation(later)].add(_operation(first))
        return cls(dict(earlier))

    def before(self, first: Operation, later: Operation) -> bool:
        """Return True if `first` has ended before `later` starts, in every apply."""
        return first in self.all_before(later)

    def all_before(self, later: Operation) -> frozenset[Operation]:
        """Return every operation that has ended before `later` starts, in every apply."""
        if later not in self._before:
            pending, seen = [later], set[Operation]()
            while pending:
                found = self._earlier.get(pending.pop(), set()) - seen
                seen |= found
                pending.extend(found)
            self._before[later] = frozenset(seen)
        return self._before[later]


def _operation(node: str) -> Operation:
    match = _NODE.fullmatch(node.replace('\\"', '"').removeprefix("[root] "))
    assert match is not None
    kind = match[2]
    return Operation(match[1], "destroy" if kind == "destroy" else "expand" if kind == "expand" else "apply")

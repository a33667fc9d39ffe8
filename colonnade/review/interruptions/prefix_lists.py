"""The address blocks of managed prefix lists, each with the time for which its list has it.

A security group rule that names a list lets in what the list has at that time. An entry is a block of its list, or a
resource of its own. https://docs.aws.amazon.com/vpc/latest/userguide/managed-prefix-lists.html
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from colonnade.review.interruptions.spans import ALWAYS, Span
from colonnade.review.interruptions.world import SIDES, Links, Object, Side, World
from colonnade.review.plan.values import UNKNOWN, blocks

_LIST, _ENTRY = "aws_ec2_managed_prefix_list", "aws_ec2_managed_prefix_list_entry"


class Listed(NamedTuple):
    """An address block, and the time for which its list has it."""

    block: str | None
    """None if the plan does not show it."""
    time: Span


class PrefixLists:
    """The prefix lists of a plan, on both sides."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._entries: Mapping[Side, Mapping[Object, Sequence[Listed]]] = {side: self._of(side) for side in SIDES}

    def named(self, links: Links, side: Side) -> tuple[Listed, ...]:
        """Return what the lists that a rule names have on a side.

        A list that is not in the plan also stands for itself, by its ID.
        """
        found = [each for own in links.objects for each in self._entries[side].get(own, ())]
        found += [Listed(own.address, ALWAYS) for own in links.objects if self._world.change(own) is None]
        return (*found, *(() if links.complete else (Listed(None, ALWAYS),)))

    def _of(self, side: Side) -> Mapping[Object, Sequence[Listed]]:
        """Return the entries of each list: those in the list itself, unless they repeat resources of their own."""
        found = defaultdict(list, self._separate(side))
        for change in self._world.of(_LIST, side=side):
            own = self._world.object(change, side)
            if "entry" in change.arguments or own not in found:
                value, other = (self._world.value(change, each, "entry") for each in (side, side.other))
                kept = {each.get("cidr") for each in blocks(other)}
                for cidr in [None] if value is UNKNOWN else [each.get("cidr") for each in blocks(value)]:
                    time = self._world.holds(change, side, on_both=cidr in kept)
                    found[own].append(Listed(cidr if isinstance(cidr, str) else None, time))
        return found

    def _separate(self, side: Side) -> dict[Object, list[Listed]]:
        found: dict[Object, list[Listed]] = defaultdict(list)
        for change in self._world.of(_ENTRY, side=side):
            cidr, other = (self._world.value(change, each, "cidr") for each in (side, side.other))
            for own in self._world.links(change, side, "prefix_list_id").objects:
                time = self._world.holds(change, side, on_both=cidr == other) & self._world.lasts(own, side)
                found[own].append(Listed(cidr if isinstance(cidr, str) else None, time))
        return found

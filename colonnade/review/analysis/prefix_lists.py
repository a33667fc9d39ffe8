"""The entries of prefix lists before and after a plan, and lists that become a large part of the internet.

An entry is a block of its list, or a resource of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from colonnade.review.analysis.findings import Finding, Kind
from colonnade.review.analysis.ports import are_internet, is_internet
from colonnade.review.plan.document import Action, Change
from colonnade.review.plan.resource_index import Path, ResourceIndex, at
from colonnade.review.plan.values import blocks, judged

_LIST, _ENTRY = "aws_ec2_managed_prefix_list", "aws_ec2_managed_prefix_list_entry"


class PrefixLists:
    """The prefix lists on one side of a plan."""

    def __init__(self, changes: Sequence[Change], index: ResourceIndex, *, after: bool) -> None:
        self._index = index
        self._after = after
        self._entries: dict[str, list[str]] = {}
        for change in changes:
            values = None if change.deposed else change.side(after=after)
            if values is not None and change.type == _LIST:
                found = (judged(each.get("cidr")) for each in blocks(judged(values.get("entry"))))
                self._add(change.address, found)
            elif values is not None and change.type == _ENTRY:
                self._add(self._key(change, ("prefix_list_id",)), [judged(values.get("cidr"))])

    def _add(self, key: str, cidrs: Any) -> None:
        self._entries.setdefault(key, []).extend(each for each in cidrs if isinstance(each, str))

    def _key(self, change: Change, path: Path) -> str:
        """Return the address of the list that the value at a path names; the value itself if it is not in the plan."""
        found = self._index.referred(change, path, after=self._after)
        return found.address if found is not None else str(at(change.side(after=self._after), path))

    def entries(self, change: Change, path: Path) -> tuple[str, ...]:
        """Return the address blocks of the list that the value at a path names; empty if they are not in the plan."""
        return tuple(self._entries.get(self._key(change, path), ()))

    def wide(self) -> frozenset[str]:
        """Return the lists that are a large part of the internet."""
        return frozenset(
            key for key, found in self._entries.items() if any(map(is_internet, found)) or are_internet(found)
        )

    def key_of(self, change: Change) -> str | None:
        """Return the list that a resource declares, or adds an entry to; None for any other resource."""
        if change.type == _LIST:
            return change.address
        return self._key(change, ("prefix_list_id",)) if change.type == _ENTRY else None


def widened_lists(changes: Sequence[Change], index: ResourceIndex) -> Iterator[Finding]:
    """Yield a finding for each resource that makes a prefix list as wide as the internet."""
    before, after = (PrefixLists(changes, index, after=side) for side in (False, True))
    opened = after.wide() - before.wide()
    for change in changes if opened else ():
        if change.action not in (Action.NONE, Action.READ, Action.DESTROY) and after.key_of(change) in opened:
            reason = "its prefix list includes the internet, and so does every rule and route that uses the list"
            yield Finding(address=change.address, rule="prefix-list-widened", reason=reason, kind=Kind.EXPOSURE)

"""Both sides of a plan: the objects that exist before and after the apply, their links, and how long each fact holds.

A replaced resource is two objects with one address. A link is resolved by value; a value that is known after the apply
is resolved by the reference in the configuration. A link that cannot be resolved is reported, never taken for harmless.
"""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from colonnade.review.interruptions.order import Operation, Order, applies, destroys
from colonnade.review.interruptions.spans import ALWAYS, Span
from colonnade.review.plan.document import Action, Change
from colonnade.review.plan.resource_index import Path, ResourceIndex, at
from colonnade.review.plan.values import UNKNOWN, Sensitive, redact

_IDENTIFIERS = ("id", "arn", "name")


class Side(enum.Enum):
    """A side of the plan."""

    BEFORE = "before"
    AFTER = "after"

    @property
    def other(self) -> Side:
        """The other side."""
        return Side.AFTER if self is Side.BEFORE else Side.BEFORE


SIDES = (Side.BEFORE, Side.AFTER)


class Object(NamedTuple):
    """An object in AWS: that of a resource, or one outside the plan with its ID as the address."""

    address: str
    which: str = ""
    """'old' or 'new' for the two objects of a replaced resource, 'deposed' for one that an earlier apply replaced and
    did not destroy, 'outside' for one outside the plan, else empty."""


@dataclass(frozen=True, slots=True)
class Links:
    """The objects that an attribute names."""

    objects: tuple[Object, ...] = ()
    complete: bool = True
    """False if the attribute may name further objects, which the plan does not show."""

    def __contains__(self, each: object) -> bool:
        return each in self.objects


class World:
    """The resources of a plan on both sides, and the order of its operations."""

    def __init__(self, changes: Sequence[Change], index: ResourceIndex, order: Order) -> None:
        self.changes = changes
        self.index = index
        self.order = order
        self._changes = {each.address: each for each in changes if not each.deposed}
        self._deposed = {each.address: each for each in changes if each.deposed}
        self._by_type: dict[str, list[Change]] = defaultdict(list)
        for each in self._changes.values():
            self._by_type[each.type].append(each)
        self._links: dict[tuple[str, Side, Path], Links] = {}
        self._hidden: dict[Sensitive, str] | None = None

    def of(self, *types: str, side: Side) -> list[Change]:
        """Return the resources of some types that exist on a side."""
        return [each for type_ in types for each in self._by_type[type_] if self.values(each, side) is not None]

    def change(self, of: Object) -> Change | None:
        """Return the change of an object; None if it is outside the plan."""
        if of.which == "deposed":
            return self._deposed[of.address]
        return self._changes.get(of.address) if of.which != "outside" else None

    def at(self, address: str) -> Change:
        """Return the change at an address. Raise KeyError if the plan does not have it."""
        return self._changes[address]

    @staticmethod
    def values(change: Change, side: Side) -> Any:
        """Return the values of a resource on a side; None if it does not exist there."""
        return change.side(after=side is Side.AFTER)

    def value(self, change: Change, side: Side, *path: str | int) -> Any:
        """Return one value of a resource on a side; None without one, UNKNOWN inside an unknown one."""
        return at(self.values(change, side), path)

    @staticmethod
    def object(change: Change, side: Side) -> Object:
        """Return the object of a resource on a side."""
        which = {Side.BEFORE: "old", Side.AFTER: "new"}[side] if change.action is Action.REPLACE else ""
        return Object(change.address, which)

    def exists(self, change: Change, side: Side) -> Span:
        """Return the time for which the object of a resource on a side exists."""
        if side is Side.AFTER:
            created = change.action in (Action.CREATE, Action.REPLACE)
            return Span(starts=frozenset({applies(change.address)})) if created else ALWAYS
        stays = (change.before or {}).get("skip_destroy") is True
        destroyed = change.action in (Action.DESTROY, Action.REPLACE) and not stays
        return Span(ends=frozenset({destroys(change.address)})) if destroyed else ALWAYS

    def lasts(self, of: Object, side: Side) -> Span:
        """Return the time for which an object exists; one outside the plan always does."""
        change = self.change(of)
        if change is None:
            return ALWAYS
        own = {"old": Side.BEFORE, "new": Side.AFTER}.get(of.which, side)
        return self.exists(change, own)

    def holds(self, change: Change, side: Side, *, on_both: bool) -> Span:
        """Return the time for which a fact about a resource holds that is true on a side.

        `on_both`: the fact is true on the other side too. If not, an update in place ends or starts it.
        """
        span = self.exists(change, side)
        if change.action is not Action.UPDATE or on_both:
            return span
        update = frozenset({applies(change.address)})
        return span & (Span(ends=update) if side is Side.BEFORE else Span(starts=update))

    def leaves(self, change: Change) -> Operation:
        """Return the operation that ends what is true of a resource before the apply."""
        return (
            destroys(change.address) if change.action in (Action.DESTROY, Action.REPLACE) else applies(change.address)
        )

    def links(self, change: Change, side: Side, *path: str | int) -> Links:
        """Return the objects that an attribute names on a side."""
        key = (change.address, side, path)
        if key not in self._links:
            self._links[key] = self._resolved(change, side, path)
        return self._links[key]

    def _resolved(self, change: Change, side: Side, path: Path) -> Links:
        value = self.value(change, side, *path)
        items = value if isinstance(value, list) else [value]
        known = [self._named(item, side) for item in items if isinstance(item, str | Sensitive) and item]
        found = [each for each in known if each is not None]
        complete = len(found) == len(known)
        unknown = sum(item is UNKNOWN for item in items)
        if unknown:
            is_list = isinstance(value, list) or self._is_list(path)
            referred, all_referred = self.index.references(change, self.index.expression(change, path))
            objects = [self.object(each, side) for each in referred if self.values(each, side) is not None]
            complete &= all_referred and (len(objects) >= unknown if is_list else len(objects) == 1)
            found += objects
        return Links(tuple(dict.fromkeys(found)), complete)

    @staticmethod
    def _is_list(path: Path) -> bool:
        return str(path[-1]).endswith("s")

    def _named(self, value: str | Sensitive, side: Side) -> Object | None:
        """Return the object with this ID, ARN or name; None for a hidden one that no resource of the plan has."""
        if isinstance(value, Sensitive):
            hidden = self._hidden_identifiers().get(value)
            return self._named(hidden, side) if hidden is not None else None
        change = self.index.identified(value)
        if change is not None and change.deposed:
            return Object(change.address, "deposed")
        if change is None or change.address not in self._changes:
            return Object(value, "outside")
        own = side if value in self._identifiers(change, side) else side.other
        return self.object(change, own)

    def _identifiers(self, change: Change, side: Side) -> Iterable[Any]:
        values = self.values(change, side) or {}
        return [values.get(name) for name in _IDENTIFIERS if isinstance(values.get(name), str)]

    def _hidden_identifiers(self) -> dict[Sensitive, str]:
        """Return every ID and ARN by its placeholder, because equal sensitive values have equal placeholders."""
        if self._hidden is None:
            self._hidden = {
                redact(each, sensitive=True): each
                for change in self._changes.values()
                for side in SIDES
                for each in self._identifiers(change, side)
            }
        return self._hidden

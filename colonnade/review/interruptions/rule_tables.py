"""The listener rules of each listener on both sides of a plan, in the order in which a load balancer evaluates them.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from colonnade.review.interruptions.requests import Conditions, conditions
from colonnade.review.interruptions.world import SIDES, Object, Side, World
from colonnade.review.plan.document import Change
from colonnade.review.plan.listener_actions import action_type, actions, forwarded
from colonnade.review.plan.resource_index import LISTENER_RULES, LISTENERS
from colonnade.review.plan.values import blocks

_LAST = 10**6
"""The place of a default action, after every priority."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A listener rule, or a default action, on one side of the plan."""

    change: Change
    side: Side
    priority: int
    conditions: Conditions
    kind: str | None
    """The type of its action; None if it is not known."""
    targets: tuple[Object, ...]
    """The target groups that get requests."""
    complete: bool
    """False if the plan does not show all target groups."""

    @property
    def answer(self) -> object:
        """The identity of what answers: the same for two rules that send requests to the same target groups.

        A default action that starts to redirect has another one than before.
        """
        return self.targets if self.kind == "forward" else (self.change.address, self.kind)

    @property
    def has_no_weight(self) -> bool:
        """True if the action forwards, and each of its target groups has weight 0."""
        return self.kind == "forward" and self.complete and not self.targets


Tables = Mapping[Side, Sequence[Version]]


def rule_tables(world: World) -> Mapping[str, Tables]:
    """Return the rules of each listener on both sides, by the listener's address, or its ARN if it is not in the plan.

    A replaced listener has one table: clients see one port.
    """
    tables: dict[str, dict[Side, list[Version]]] = {}
    for side in SIDES:
        for change in world.of(*LISTENERS, side=side):
            found = tables.setdefault(change.address, {each: [] for each in SIDES})
            found[side].append(_version(world, change, side, "default_action", _LAST))
        for change in world.of(*LISTENER_RULES, side=side):
            priority = world.value(change, side, "priority")
            for listener in world.links(change, side, "listener_arn").objects:
                found = tables.setdefault(listener.address, {each: [] for each in SIDES})
                place = priority if isinstance(priority, int) else _LAST - 1
                found[side].append(_version(world, change, side, "action", place))
    return {key: {side: sorted(each[side], key=lambda v: v.priority) for side in SIDES} for key, each in tables.items()}


def _version(world: World, change: Change, side: Side, argument: str, priority: int) -> Version:
    after = side is Side.AFTER
    found = blocks(list(actions(change, argument, after=after)))
    groups = forwarded(change, argument, after=after)
    links = [world.links(change, side, *path) for path, weight in groups if weight or len(groups) == 1]
    kind = action_type(found[-1]) if found else None
    return Version(
        change=change,
        side=side,
        priority=priority,
        conditions=Conditions() if argument == "default_action" else conditions(world.value(change, side, "condition")),
        kind=kind,
        targets=tuple(dict.fromkeys(group for each in links for group in each.objects)),
        complete=all(each.complete and each.objects for each in links) and (bool(groups) or kind != "forward"),
    )

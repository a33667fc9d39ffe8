"""The needs of a listener or a rule that forwards to a target group: no other load balancer has the group at that time.

A target group belongs to one load balancer. AWS refuses a second one (TargetGroupAssociationLimit).
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from colonnade.review.interruptions.interruption import Interruption, Level
from colonnade.review.interruptions.judge import Claim, Judge
from colonnade.review.interruptions.listeners import Forward, forwards
from colonnade.review.interruptions.order import applies
from colonnade.review.interruptions.world import SIDES, Object, Side
from colonnade.review.plan.document import Action

Users = Mapping[Side, Sequence[Forward]]
"""The listeners and rules that forward to one target group, on both sides."""

_STEPS = (
    "Keep the former load balancer with its target groups, and add new target groups to the new one. "
    "Register the tasks of each service in both. Apply.",
    "Let the DNS names of the former load balancer lead to the new one. Apply.",
    "Remove the former load balancer and its target groups. Apply.",
)
_REFUSED = "AWS refuses this (TargetGroupAssociationLimit), and the apply stops halfway."


class Clash(NamedTuple):
    """A listener or a rule that gets a target group, and one on another load balancer that has it."""

    joining: Forward
    holder: Forward
    certain: bool
    """True if the holder has the group at that time in every order."""
    prevents_apply: bool


def associations(judge: Judge) -> Iterator[Interruption]:
    """Yield the listeners and rules that get a target group while another load balancer has it.

    Those between the same two load balancers are one interruption.
    """
    users: dict[Object, dict[Side, list[Forward]]] = defaultdict(lambda: {side: [] for side in SIDES})
    for side in SIDES:
        for each in forwards(judge.world, side):
            if each.balancers:
                users[each.group][side].append(each)
    groups: dict[object, list[Clash]] = defaultdict(list)
    for clash in (each for used in users.values() for each in _clashes(judge, used)):
        groups[clash.joining.balancers, clash.holder.balancers, clash.certain, clash.prevents_apply].append(clash)
    for clashes in groups.values():
        clashes.sort(key=lambda each: each.joining.change.address)
        yield from (_refused(judge, each, first=clashes[0]) for each in clashes)


def _clashes(judge: Judge, used: Users) -> Iterator[Clash]:
    """Yield each user that gets the target group, with the first user on another load balancer that has it then."""
    for joining in (each for each in used[Side.AFTER] if _joins(each, used)):
        others = [each for side in reversed(SIDES) for each in used[side] if each.balancers != joining.balancers]
        found = (_clash(judge, joining, holder, used) for holder in others)
        yield from islice((each for each in found if each is not None), 1)


def _clash(judge: Judge, joining: Forward, holder: Forward, used: Users) -> Clash | None:
    if _joins(holder, used):  # either of the two comes second
        first = joining.change.address < holder.change.address
        return Clash(joining, holder, certain=True, prevents_apply=False) if first else None
    takes, leaves = applies(joining.change.address), judge.world.leaves(holder.change)
    stays = _has(holder, used[Side.AFTER])
    if judge.order.before(leaves, takes) and not stays:
        return None
    certain = stays or judge.order.before(takes, leaves)
    return Clash(joining, holder, certain=certain, prevents_apply=certain)


def _joins(user: Forward, used: Users) -> bool:
    """Return True if the apply gives the target group to the user, on the load balancer that it has then."""
    changed = user.change.action in (Action.CREATE, Action.UPDATE, Action.REPLACE)
    return changed and not _has(user, used[Side.BEFORE])


def _has(user: Forward, among: Sequence[Forward]) -> bool:
    return any(each.change is user.change and each.balancers == user.balancers for each in among)


def _refused(judge: Judge, clash: Clash, *, first: Clash) -> Interruption:
    words, takes = judge.words, applies(first.joining.change.address)
    claim = Claim(
        rule="target-group-taken",
        subject=words.thing(clash.joining.change),
        effect=f"cannot forward to a target group that another load balancer {'has' if clash.certain else 'may have'}",
        concerned=(clash.joining.change, clash.holder.change),
        steps=_STEPS,
    )
    user, still = words.thing(first.holder.change), "forwards" if clash.certain else "may still forward"
    holds = f"{user[0].upper()}{user[1:]} {still} to the same target group on another load balancer."
    if first.holder.change is first.joining.change:
        holds = "Its old object still forwards to the same target group on the former load balancer."
    trace = (words.happens(takes), holds, _REFUSED)
    level = Level.FAILS if clash.certain or not judge.order.approximate else Level.CANNOT_JUDGE
    return judge.say(level, claim, cause=takes, trace=trace, prevents_apply=clash.prevents_apply)

"""The needs of a listener or a rule that forwards to a target group: no other load balancer has the group at that time.

A target group belongs to one load balancer. AWS refuses a second one (TargetGroupAssociationLimit).
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateListener.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

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


def associations(judge: Judge) -> Iterator[Interruption]:
    """Yield each listener or rule that gets a target group while another load balancer has it."""
    users: dict[Object, dict[Side, list[Forward]]] = defaultdict(lambda: {side: [] for side in SIDES})
    for side in SIDES:
        for each in forwards(judge.world, side):
            if each.balancers:
                users[each.group][side].append(each)
    for used in users.values():
        for each in used[Side.AFTER]:
            if _joins(each, used):
                yield from _refused(judge, each, used)


def _joins(user: Forward, used: Users) -> bool:
    """Return True if the apply gives the target group to the user, on the load balancer that it has then."""
    changed = user.change.action in (Action.CREATE, Action.UPDATE, Action.REPLACE)
    return changed and not _has(user, used[Side.BEFORE])


def _has(user: Forward, among: Sequence[Forward]) -> bool:
    return any(each.change is user.change and each.balancers == user.balancers for each in among)


def _refused(judge: Judge, joining: Forward, used: Users) -> Iterator[Interruption]:
    """Yield an interruption for the first user on another load balancer that has the target group at that time."""
    takes = applies(joining.change.address)
    for holder in (each for side in reversed(SIDES) for each in used[side] if each.balancers != joining.balancers):
        stays, leaves = _has(holder, used[Side.AFTER]), judge.world.leaves(holder.change)
        if _joins(holder, used) and _has(holder, used[Side.AFTER]):
            if holder.change.address > joining.change.address:
                yield _taken(judge, joining, holder, certain=True, prevents_apply=False)
                return
        elif stays or not judge.order.before(leaves, takes):
            certain = stays or judge.order.before(takes, leaves)
            yield _taken(judge, joining, holder, certain=certain, prevents_apply=certain)
            return


def _taken(judge: Judge, joining: Forward, holder: Forward, *, certain: bool, prevents_apply: bool) -> Interruption:
    index, words = judge.world.index, judge.words
    group = judge.world.change(joining.group)
    name = f"the {index.full_label(group)}" if group is not None else f"target group {joining.group.address}"
    claim = Claim(
        rule="target-group-taken",
        subject=words.thing(joining.change),
        effect=f"gets {name}, which {'is' if certain else 'may still be'} on another load balancer",
        concerned=(joining.change, holder.change, *([group] if group is not None else [])),
        steps=_STEPS,
    )
    takes, user = applies(joining.change.address), words.thing(holder.change)
    why = (
        f"{user[0].upper()}{user[1:]} {'forwards' if certain else 'may still forward'} to it on another load balancer."
    )
    if holder.change is joining.change:
        why = "Its old object still forwards to it on the former load balancer."
    trace = (words.happens(takes), why, _REFUSED)
    level = Level.FAILS if certain or not judge.order.approximate else Level.CANNOT_JUDGE
    return judge.say(level, claim, cause=takes, trace=trace, prevents_apply=prevents_apply)

"""The needs of a load balancer that gets a target group: no other one may still have it, else AWS refuses.

A load balancer that is created before its predecessor goes gets listeners and rules for the same target groups.
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html (TargetGroupAssociationLimit)
https://github.com/hashicorp/terraform-provider-aws/issues/22005
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from colonnade.review.interruptions.interruption import Interruption, Level
from colonnade.review.interruptions.judge import Claim, Judge
from colonnade.review.interruptions.listeners import LISTENERS
from colonnade.review.interruptions.order import applies
from colonnade.review.interruptions.world import SIDES, Object, Side, World
from colonnade.review.plan.document import Change
from colonnade.review.plan.listener_actions import forwarded
from colonnade.review.plan.resource_index import LISTENER_RULES

_REFUSED = "AWS refuses this (TargetGroupAssociationLimit), and the apply stops halfway."
# https://docs.aws.amazon.com/AmazonECS/latest/developerguide/register-multiple-targetgroups.html
_STEPS = (
    "Keep the load balancer. Add the new one beside it, with target groups of its own, and register the tasks in both. "
    "Apply.",
    "Let the DNS names lead to the new load balancer. Apply.",
    "Remove the former load balancer with its target groups. Apply.",
)


class _Forward(NamedTuple):
    """A listener or rule that forwards to a target group."""

    address: str
    group: Object
    balancer: Object


class _Conflict(NamedTuple):
    """A forward that begins, and one of another load balancer that may not have ended."""

    begins: _Forward
    holds: _Forward
    certain: bool


def associations(judge: Judge) -> Iterator[Interruption]:
    """Yield each load balancer that gets target groups which another one still has."""
    found: dict[Object, list[_Conflict]] = defaultdict(list)
    for each in _conflicts(judge):
        found[each.begins.balancer].append(each)
    for balancer in sorted(found):
        yield _refused(judge, min(found[balancer], key=lambda each: (not each.certain, each)))


def _conflicts(judge: Judge) -> Iterator[_Conflict]:
    former, later = ({*_forwards(judge.world, side)} for side in SIDES)
    holders: dict[Object, list[_Forward]] = defaultdict(list)
    for each in former:
        holders[each.group].append(each)
    for begins in later - former:
        for holds in holders[begins.group]:
            takes, leaves = applies(begins.address), judge.world.leaves(judge.world.at(holds.address))
            stays = holds in later
            if holds.balancer != begins.balancer and (stays or not judge.order.before(leaves, takes)):
                yield _Conflict(begins, holds, certain=stays or judge.order.before(takes, leaves))


def _forwards(world: World, side: Side) -> Iterator[_Forward]:
    """Yield each forward whose target group and load balancer the plan shows."""
    for argument, types in (("default_action", LISTENERS), ("action", LISTENER_RULES)):
        for change in world.of(*types, side=side):
            balancer = _balancer(world, change, side)
            for path, _ in forwarded(change, argument, after=side is Side.AFTER) if balancer is not None else ():
                for group in world.links(change, side, *path).objects:
                    yield _Forward(change.address, group, balancer)


def _balancer(world: World, change: Change, side: Side) -> Object | None:
    """Return the load balancer of a listener or rule; None if the plan does not show it."""
    if change.type in LISTENERS:
        return next(iter(world.links(change, side, "load_balancer_arn").objects), None)
    for listener in world.links(change, side, "listener_arn").objects:
        own = world.change(listener)
        if own is not None:
            return _balancer(world, own, side)
        arn, _, _ = listener.address.replace(":listener/", ":loadbalancer/").rpartition("/")
        return Object(arn, "outside")
    return None


def _refused(judge: Judge, conflict: _Conflict) -> Interruption:
    begins, holds, certain = conflict
    takes, words = applies(begins.address), judge.words
    thing, holder = words.thing(judge.world.at(begins.address)), words.thing(judge.world.at(holds.address))
    group = judge.world.change(begins.group)
    forwards = f"forwards to {words.thing(group) if group is not None else begins.group.address}"
    claim = Claim(
        rule="target-group-taken",
        subject=f"{thing} of one load balancer",
        effect=f"{forwards}, which another one {'still has' if certain else 'may still have'}",
        concerned=(group,) if group is not None else (),
        steps=_STEPS,
    )
    then = (
        f"{holder[0].upper()}{holder[1:]} of another load balancer still {forwards} at that time."
        if certain
        else f"Nothing makes this wait until {holder} of another load balancer is gone, which {forwards}."
    )
    level = Level.FAILS if certain or not judge.order.approximate else Level.CANNOT_JUDGE
    return judge.say(level, claim, cause=takes, trace=(words.happens(takes), then, _REFUSED), prevents_apply=certain)

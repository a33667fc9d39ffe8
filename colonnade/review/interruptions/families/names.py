"""The needs of an object that is created: its name must be free, else AWS refuses it.

A listener rule that is created first forces this on its listener and load balancer, which have no such lifecycle.
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from colonnade.review.interruptions.interruption import Interruption, Level
from colonnade.review.interruptions.judge import Claim, Judge
from colonnade.review.interruptions.order import applies, destroys
from colonnade.review.interruptions.world import Side
from colonnade.review.plan.document import Action, Change

_REFUSALS: Mapping[str, str] = {
    "aws_lb": "DuplicateLoadBalancerName",
    "aws_alb": "DuplicateLoadBalancerName",
    "aws_lb_target_group": "DuplicateTargetGroupName",
    "aws_alb_target_group": "DuplicateTargetGroupName",
    "aws_security_group": "InvalidGroup.Duplicate",
    "aws_iam_role": "EntityAlreadyExists",
    "aws_cloudwatch_log_group": "ResourceAlreadyExistsException",
    "aws_ecs_service": "Creation of service was not idempotent",
}
"""The error of AWS by the type of the resource."""
_UNIQUE: Mapping[str, tuple[str, ...]] = {
    "aws_security_group": ("name", "vpc_id"),
    "aws_ecs_service": ("name", "cluster"),
}
"""The arguments that are unique together, by type; of all others the name is unique in an account and region."""


def names(judge: Judge) -> Iterator[Interruption]:
    """Yield each new object that may be created while an old one, at its address or another one, has its name."""
    holders: dict[tuple[str, ...], Change] = {}
    for change in judge.world.changes:
        name = _name(judge, change, Side.BEFORE)
        if name is not None and change.action in (Action.DESTROY, Action.REPLACE) and not change.deposed:
            holders[name] = change
    for change in judge.world.changes:
        name = _name(judge, change, Side.AFTER)
        if name is not None and name in holders and change.action in (Action.CREATE, Action.REPLACE):
            holder, takes = holders[name], applies(change.address)
            if not judge.order.before(destroys(holder.address), takes):
                certain = judge.order.before(takes, destroys(holder.address))
                yield _taken(judge, change, holder, name[1], certain=certain)


def _name(judge: Judge, change: Change, side: Side) -> tuple[str, ...] | None:
    """Return the type and the arguments that no two objects share; None if the plan does not show them."""
    values = judge.world.values(change, side) if change.type in _REFUSALS else None
    unique = _UNIQUE.get(change.type, ("name",))
    found = [values.get(each) for each in unique] if values is not None else [None]
    shown = [each for each in found if isinstance(each, str) and each]
    return (change.type, *shown) if len(shown) == len(unique) else None


def _taken(judge: Judge, change: Change, holder: Change, name: str, *, certain: bool) -> Interruption:
    thing, takes = judge.words.thing(change), applies(change.address)
    has = "still has" if certain else "may still have"
    if holder is change:
        steps: tuple[str, ...] = (f"Give {thing} another `name` in the same change. Apply.",)
    else:
        moved = f"Move {holder.address} to {change.address} in a `moved` block: then it is not created again. Apply."
        steps = (moved,)
    claim = Claim(
        rule="name-taken",
        subject=f"the new object of {thing}",
        effect=f"gets the name {name}, which the old one {has}",
        about=(name, holder.address),
        steps=steps,
    )
    refused = f"AWS refuses this ({_REFUSALS[change.type]}), and the apply stops halfway."
    unordered = () if certain else (f"Nothing orders this after {judge.words.thing(holder)} is deleted.",)
    trace = (judge.words.happens(takes), *unordered, refused)
    level = Level.FAILS if certain or not judge.order.approximate else Level.CANNOT_JUDGE
    return judge.say(level, claim, cause=takes, trace=trace, prevents_apply=certain)

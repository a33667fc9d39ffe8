"""The needs of a replacement that is created first: its name must be free, else AWS refuses it.

A listener rule that is created first forces this on its listener and load balancer, which have no such lifecycle.
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from colonnade.review.interruptions.interruption import Interruption, Level
from colonnade.review.interruptions.judge import Claim, Judge
from colonnade.review.interruptions.order import applies
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
}
"""The error of AWS by the type of the resource."""
_UNIQUE: Mapping[str, tuple[str, ...]] = {"aws_security_group": ("name", "vpc_id")}
"""The arguments that are unique together, by type; of all others the name is unique in an account and region."""


def names(judge: Judge) -> Iterator[Interruption]:
    """Yield each replacement that is created while the old object still has its name."""
    for change in judge.world.changes:
        if change.type in _REFUSALS and change.action is Action.REPLACE and change.creates_first:
            before, after = (judge.world.values(change, side) for side in (Side.BEFORE, Side.AFTER))
            if all(_same(before, after, name) for name in _UNIQUE.get(change.type, ("name",))):
                yield _taken(judge, change, str(before["name"]))


def _same(before: Mapping[str, object], after: Mapping[str, object], name: str) -> bool:
    value = before.get(name)
    return isinstance(value, str) and bool(value) and after.get(name) == value


def _taken(judge: Judge, change: Change, name: str) -> Interruption:
    thing, takes = judge.words.thing(change), applies(change.address)
    claim = Claim(
        rule="name-taken",
        subject=f"the new object of {thing}",
        effect=f"gets the name {name}, which the old one still has",
        steps=(f"Give {thing} another `name` in the same change. Apply.",),
    )
    refused = f"AWS refuses this ({_REFUSALS[change.type]}), and the apply stops halfway."
    return judge.say(Level.FAILS, claim, cause=takes, trace=(judge.words.happens(takes), refused), prevents_apply=True)

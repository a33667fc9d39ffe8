"""What AWS refuses to delete because something else still uses it: the apply then fails at that operation.

Of some types the provider repeats the deletion for minutes, so only a user that leaves after it makes it fail.
https://docs.aws.amazon.com/vpc/latest/userguide/deleting-security-groups.html
https://docs.aws.amazon.com/vpc/latest/userguide/subnet-deleting.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteTargetGroup.html
https://docs.aws.amazon.com/acm/latest/APIReference/API_DeleteCertificate.html
https://docs.aws.amazon.com/cloud-map/latest/api/API_DeleteService.html
https://docs.aws.amazon.com/cloud-map/latest/api/API_DeleteNamespace.html
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteCluster.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from colonnade.review.interruptions.interruption import Interruption, Level
from colonnade.review.interruptions.judge import Claim, Judge
from colonnade.review.interruptions.listeners import LISTENERS
from colonnade.review.interruptions.order import destroys
from colonnade.review.interruptions.words import BALANCERS, SERVICE
from colonnade.review.interruptions.world import Object, Side, World
from colonnade.review.plan.document import Action, Change
from colonnade.review.plan.listener_actions import forwarded
from colonnade.review.plan.resource_index import LISTENER_RULES, Path

_REFUSED = "AWS refuses this while it is in use, and the apply stops halfway."


class Use(NamedTuple):
    """An argument with which resources use what AWS then refuses to delete."""

    users: tuple[str, ...]
    path: Path
    repeated: bool
    """True if the provider repeats the deletion until the user has left, for minutes."""


_NETWORK: Path = ("network_configuration", 0)
_GROUP_RULES = ("aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule")
_USES: Sequence[Use] = (
    Use(BALANCERS, ("security_groups",), repeated=True),
    Use((SERVICE,), (*_NETWORK, "security_groups"), repeated=True),
    Use(_GROUP_RULES, ("referenced_security_group_id",), repeated=True),
    Use(("aws_security_group_rule",), ("source_security_group_id",), repeated=True),
    Use(BALANCERS, ("subnets",), repeated=True),
    Use((SERVICE,), (*_NETWORK, "subnets"), repeated=True),
    Use(("aws_nat_gateway",), ("subnet_id",), repeated=True),
    Use(LISTENERS, ("certificate_arn",), repeated=True),
    Use(("aws_lb_listener_certificate",), ("certificate_arn",), repeated=True),
    Use((SERVICE,), ("service_registries", 0, "registry_arn"), repeated=False),
    Use(("aws_service_discovery_service",), ("dns_config", 0, "namespace_id"), repeated=False),
    Use((SERVICE,), ("cluster",), repeated=True),
)


def refusals(judge: Judge) -> Iterator[Interruption]:
    """Yield each deletion that AWS refuses."""
    world = judge.world
    for use in _USES:
        for user in world.of(*use.users, side=Side.BEFORE):
            for used in world.links(user, Side.BEFORE, *use.path).objects:
                yield from _refused(judge, user, used, use.path, repeated=use.repeated)
    for user, path, group in _target_groups(world):
        yield from _refused(judge, user, group, path, repeated=True)


def _target_groups(world: World) -> Iterator[tuple[Change, Path, Object]]:
    for argument, types in (("default_action", LISTENERS), ("action", LISTENER_RULES)):
        for user in world.of(*types, side=Side.BEFORE):
            for path, _ in forwarded(user, argument, after=False):
                yield from ((user, path, group) for group in world.links(user, Side.BEFORE, *path).objects)


def _refused(judge: Judge, user: Change, used: Object, path: Path, *, repeated: bool) -> Iterator[Interruption]:
    world, change = judge.world, judge.world.change(used)
    if change is None or change.action not in (Action.DESTROY, Action.REPLACE):
        return
    destroyed, leaves = destroys(change.address), world.leaves(user)
    gone = user.action in (Action.DESTROY, Action.REPLACE)
    stays = not gone and (user.action is not Action.UPDATE or used in world.links(user, Side.AFTER, *path))
    if not stays and judge.order.before(leaves, destroyed):
        return
    certain = stays or judge.order.before(destroyed, leaves)
    if repeated and not certain:
        return
    thing, holder = judge.words.thing(change), judge.words.thing(user)
    then = f"{holder[0].upper()}{holder[1:]} " + ("keeps it." if stays else "leaves it only after that.")
    if not certain:
        then = f"Nothing orders this after {holder} has left it."
    claim = Claim(
        rule="deletion-refused",
        subject=f"the deletion of {thing}",
        effect=f"is refused: {holder} uses it",
        concerned=(change, user),
    )
    trace = (judge.words.happens(destroyed), then, _REFUSED)
    yield judge.say(Level.FAILS, claim, cause=destroyed, trace=trace, prevents_apply=certain)

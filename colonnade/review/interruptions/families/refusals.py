"""The deletions that AWS refuses because something else still uses the resource: the apply then fails.

Of some types the provider repeats the deletion for minutes, so only a user that leaves after it makes it fail.
https://docs.aws.amazon.com/vpc/latest/userguide/deleting-security-groups.html
https://docs.aws.amazon.com/vpc/latest/userguide/subnet-deleting.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteTargetGroup.html
https://docs.aws.amazon.com/acm/latest/APIReference/API_DeleteCertificate.html
https://docs.aws.amazon.com/cloud-map/latest/api/API_DeleteService.html
https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/service_discovery_service
https://docs.aws.amazon.com/cloud-map/latest/api/API_DeleteNamespace.html
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteCluster.html
https://docs.aws.amazon.com/vpc/latest/userguide/work-with-cust-managed-prefix-lists.html

With deletion protection, AWS refuses every deletion, and the provider does not switch it off.
https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteLoadBalancer.html
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_DeleteInstance.html
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteTable.html
https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-deletion-protection.html
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from colonnade.review.interruptions.interruption import Interruption, Level
from colonnade.review.interruptions.judge import Claim, Judge
from colonnade.review.interruptions.listeners import forwards
from colonnade.review.interruptions.order import destroys
from colonnade.review.interruptions.world import Object, Side, World
from colonnade.review.plan.document import Action, Change
from colonnade.review.plan.resource_index import BALANCERS, LISTENERS, SERVICE, TASK_GROUPS, TASK_SUBNETS, Path

_REFUSED = "AWS refuses this while it is in use, and the apply stops halfway."


class Use(NamedTuple):
    """An argument with which resources use what AWS then refuses to delete."""

    users: tuple[str, ...]
    path: Path
    repeated: bool
    """True if the provider repeats the deletion until the user has left, for minutes."""


_GROUP_RULES = ("aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule")
_USES: Sequence[Use] = (
    Use(BALANCERS, ("security_groups",), repeated=True),
    Use((SERVICE,), TASK_GROUPS, repeated=True),
    Use(_GROUP_RULES, ("referenced_security_group_id",), repeated=True),
    Use(("aws_security_group_rule",), ("source_security_group_id",), repeated=True),
    Use(BALANCERS, ("subnets",), repeated=True),
    Use((SERVICE,), TASK_SUBNETS, repeated=True),
    Use(("aws_nat_gateway",), ("subnet_id",), repeated=True),
    Use(LISTENERS, ("certificate_arn",), repeated=True),
    Use(("aws_lb_listener_certificate",), ("certificate_arn",), repeated=True),
    Use((SERVICE,), ("service_registries", 0, "registry_arn"), repeated=False),
    Use(("aws_service_discovery_service",), ("dns_config", 0, "namespace_id"), repeated=False),
    Use((SERVICE,), ("cluster",), repeated=True),
    Use(_GROUP_RULES, ("prefix_list_id",), repeated=False),
    Use(("aws_security_group_rule",), ("prefix_list_ids",), repeated=False),
    Use(("aws_route",), ("destination_prefix_list_id",), repeated=False),
)
_PROTECTIONS: Mapping[str, tuple[str, object, str]] = {
    **dict.fromkeys(BALANCERS, ("enable_deletion_protection", True, "false")),
    **dict.fromkeys(
        ("aws_db_instance", "aws_rds_cluster", "aws_rds_global_cluster", "aws_docdb_cluster", "aws_neptune_cluster"),
        ("deletion_protection", True, "false"),
    ),
    "aws_dynamodb_table": ("deletion_protection_enabled", True, "false"),
    "aws_cognito_user_pool": ("deletion_protection", "ACTIVE", '"INACTIVE"'),
}
"""The argument of deletion protection by type, its value that protects, and the one that does not."""


class _User(NamedTuple):
    """A resource that uses another one before the apply."""

    change: Change
    used: Object
    path: Path
    repeated: bool


def refusals(judge: Judge) -> Iterator[Interruption]:
    """Yield each deletion that AWS refuses."""
    late: dict[str, list[_User]] = defaultdict(list)
    for user in _users(judge.world):
        if _is_deleted(judge.world, user.used) and _leaves_late(judge, user):
            late[user.used.address].append(user)
    for address, users in late.items():
        yield _refused(judge, judge.world.at(address), users)
    for change in judge.world.of(*_PROTECTIONS, side=Side.BEFORE):
        if change.action in (Action.DESTROY, Action.REPLACE):
            yield from _protected(judge, change)


def _protected(judge: Judge, change: Change) -> Iterator[Interruption]:
    """Yield an interruption if the deletion protection of a resource is on before the apply."""
    argument, protects, open_ = _PROTECTIONS[change.type]
    if judge.world.value(change, Side.BEFORE, argument) != protects:
        return
    thing, destroyed = judge.words.thing(change), destroys(change.address)
    claim = Claim(
        rule="deletion-refused",
        subject=f"the deletion of {thing}",
        effect="is refused: its deletion protection is on",
        steps=(f"Keep {change.address} as it is, with `{argument} = {open_}`. Apply.", "Apply this change."),
    )
    trace = (
        judge.words.happens(destroyed),
        f"AWS refuses this, because `{argument}` is on, and the apply stops halfway.",
    )
    yield judge.say(Level.FAILS, claim, cause=destroyed, trace=trace, prevents_apply=True)


def _users(world: World) -> Iterator[_User]:
    for use in _USES:
        for change in world.of(*use.users, side=Side.BEFORE):
            for used in world.links(change, Side.BEFORE, *use.path).objects:
                yield _User(change, used, use.path, use.repeated)
    for each in forwards(world, Side.BEFORE):
        yield _User(each.change, each.group, each.path, repeated=True)


def _is_deleted(world: World, used: Object) -> bool:
    """Return True if a resource is deleted while it may have users.

    With `force_destroy`, the provider removes the users first: the instances of a discovery service.
    """
    change = world.change(used)
    if change is None or change.action not in (Action.DESTROY, Action.REPLACE):
        return False
    return world.value(change, Side.BEFORE, "force_destroy") is not True


def _leaves_late(judge: Judge, user: _User) -> bool:
    """Return True if a resource may be deleted while the user still uses it, for longer than the provider repeats it.

    An order that the plan's JSON does not show counts as possible: the graph may have it.
    """
    destroyed, leaves = destroys(user.used.address), judge.world.leaves(user.change)
    if _stays(judge.world, user):
        return True
    if judge.order.before(leaves, destroyed):
        return False
    return not user.repeated or judge.order.approximate or judge.order.before(destroyed, leaves)


def _stays(world: World, user: _User) -> bool:
    """Return True if the user uses the resource after the apply as well."""
    if user.change.action in (Action.DESTROY, Action.REPLACE):
        return False
    return user.change.action is not Action.UPDATE or user.used in world.links(user.change, Side.AFTER, *user.path)


def _refused(judge: Judge, change: Change, users: Sequence[_User]) -> Interruption:
    thing, destroyed = judge.words.thing(change), destroys(change.address)
    holders = list(dict.fromkeys(judge.words.thing(each.change) for each in users))
    holder = holders[0] if len(holders) == 1 else f"{', '.join(holders[:-1])} and {holders[-1]}"
    certain = any(
        _stays(judge.world, each) or judge.order.before(destroyed, judge.world.leaves(each.change)) for each in users
    )
    still = "still uses" if len(holders) == 1 else "still use"
    steps: tuple[str, ...] = (
        f"Keep {thing}, and let {holder} use another one or none. Apply.",
        f"Remove {thing}. Apply.",
    )
    if any(each.used.which == "deposed" for each in users):  # Terraform destroys these in every apply
        targets = " ".join(f"-target={each.change.address}" for each in users)
        steps = (f"Apply with {targets}, which leaves {thing}. Then apply this change.",)
    claim = Claim(
        rule="deletion-refused",
        subject=f"the deletion of {thing}",
        effect=f"is refused: {holder} {still} it",
        concerned=(change, *(each.change for each in users)),
        steps=steps,
    )
    then = f"{holder[0].upper()}{holder[1:]} {still} it at that time."
    if not certain:
        then = f"Nothing makes the deletion wait until {holder} has left it."
    trace = (judge.words.happens(destroyed), then, _REFUSED)
    level = Level.FAILS if certain or not judge.order.approximate else Level.CANNOT_JUDGE
    return judge.say(level, claim, cause=destroyed, trace=trace, prevents_apply=certain)

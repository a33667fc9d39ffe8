"""The spans in which security groups let one end of a connection reach the other: a load balancer its tasks, or tasks
those of another service.

An egress rule on a group of the one end and an ingress rule on a group of the other must allow it.
https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from colonnade.review.interruptions.access import Access, Peer, while_used
from colonnade.review.interruptions.order import Operation, applies, destroys
from colonnade.review.interruptions.revisions import Revision
from colonnade.review.interruptions.spans import Span
from colonnade.review.interruptions.world import Object, Side, World
from colonnade.review.plan.document import Action, Change
from colonnade.review.plan.resource_index import TASK_GROUPS, TASK_SUBNETS, Path


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """One end of a connection: its security groups, each with the time for which it has them."""

    groups: tuple[tuple[Object, Span], ...]
    addresses: tuple[str, ...]
    """An address of each of its subnets that the plan shows, for rules that name address blocks."""

    def peers(self, group: Object) -> tuple[Peer, ...]:
        """Return what a rule of the other end may name to mean this one."""
        return (group, *self.addresses)


def balancer_end(access: Access, world: World, balancer: Change, side: Side) -> End:
    """Return a load balancer as an end on a side."""
    groups = tuple(balancer_groups(access, balancer, side))
    return End(groups=groups, addresses=_addresses(world, balancer, side, ("subnets",)))


def balancer_groups(access: Access, balancer: Change, side: Side) -> Iterator[tuple[Object, Span]]:
    """Yield the security groups of a load balancer, each with the time for which its rules decide.

    While no load balancer exists, the rules matter to no one: the listeners that go with it are the interruption.
    """
    gone = destroys(balancer.address)
    successor = {applies(balancer.address)} if balancer.action is Action.REPLACE else frozenset[Operation]()
    for group, span in access.attached(balancer, side, "security_groups"):
        ends = (span.ends - {gone}) | successor if gone in span.ends else span.ends
        yield group, Span(starts=span.starts, ends=ends)


def tasks_end(world: World, revision: Revision) -> End:
    """Return the tasks of a revision as an end."""
    links = world.links(revision.service, revision.side, *TASK_GROUPS)
    groups = tuple((each, while_used(world, each, world.lasts(each, revision.side))) for each in links.objects)
    return End(groups=groups, addresses=_addresses(world, revision.service, revision.side, TASK_SUBNETS))


def connected(access: Access, source: End, target: End, side: Side, port: int) -> Iterator[Span]:
    """Yield each span in which the rules on a side let the source connect to a TCP port of the target."""
    for group, of_source in source.groups:
        for other, of_target in target.groups:
            egress = {each for peer in target.peers(other) for each in access.spans(group, "egress", side, port, peer)}
            ingress = {
                each for peer in source.peers(group) for each in access.spans(other, "ingress", side, port, peer)
            }
            yield from (of_source & of_target & out & into for out in egress for into in ingress)


def let_in(access: Access, target: End, side: Side, port: int) -> Iterator[Span]:
    """Yield each span in which the rules still let in a peer that may connect to a TCP port of the target on a side."""
    for peer in access.sources([group for group, _ in target.groups], port, side):
        for group, of_target in target.groups:
            for own in Side:
                yield from (of_target & each for each in access.spans(group, "ingress", own, port, peer))


def hidden(access: Access, source: End, target: End) -> tuple[str, ...]:
    """Return the rules of both ends with a value that the plan does not show."""
    return (
        *access.hidden([group for group, _ in source.groups], "egress"),
        *access.hidden([group for group, _ in target.groups], "ingress"),
    )


def changes(access: Access, source: End, target: End) -> bool:
    """Return True if the plan changes a rule of either end."""
    permits = (
        permit
        for side in Side
        for end, direction in ((source, "egress"), (target, "ingress"))
        for group, _ in end.groups
        for permit in access.permits(group, direction, side)
    )
    return any(permit.change.action is not Action.NONE for permit in permits)


def _addresses(world: World, change: Change, side: Side, path: Path) -> tuple[str, ...]:
    subnets = (world.change(each) for each in world.links(change, side, *path).objects)
    blocks = (world.value(each, side, "cidr_block") for each in subnets if each is not None)
    return tuple(block.partition("/")[0] for block in blocks if isinstance(block, str))

"""The needs of tasks that reach anything outside of the VPC: a default route of their subnet to a gateway.

Without it, tasks in private subnets pull no image, write no log and reach no other API. A route for IPv6 does not
replace the one for IPv4.
https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from colonnade.review.interruptions.interruption import Interruption
from colonnade.review.interruptions.judge import Claim, Judge
from colonnade.review.interruptions.revisions import Revision, needed, revisions
from colonnade.review.interruptions.routes import Family, Routes
from colonnade.review.interruptions.world import Object, Side
from colonnade.review.plan.document import Change
from colonnade.review.plan.resource_index import TASK_SUBNETS

_STEPS = (
    "Add the new gateway, and keep the former one. Apply.",
    "Change the routes to the new gateway. Apply.",
    "Remove the former gateway. Apply.",
)


def default_routes(judge: Judge) -> Iterator[Interruption]:
    """Yield the services whose tasks lose their default route for a time."""
    routes = Routes(judge.world)
    for revision in revisions(judge.world):
        for subnet in _subnets(judge, revision.service, revision.side):
            yield from _of_subnet(judge, routes, revision, subnet)


def _subnets(judge: Judge, service: Change, side: Side) -> Sequence[Object]:
    return judge.world.links(service, side, *TASK_SUBNETS).objects


def _of_subnet(judge: Judge, routes: Routes, revision: Revision, subnet: Object) -> Iterator[Interruption]:
    family, other = _families(judge, routes, revision, subnet)
    spans = routes.default(subnet, family)
    unshown: tuple[str, ...] = ()
    if not spans:  # by the VPC's main route table, or by design
        if revision.sides != (Side.AFTER,) or not _had_routes(judge, routes, revision):
            return
        unshown = (f"the default route of {subnet.address}",)
    by = f" by {family.name.replace('IPV', 'IPv')}" if routes.default(subnet, other) else ""
    claim = Claim(
        rule="tasks-without-route",
        subject=f"tasks of {judge.world.index.service(revision.service)}",
        effect=f"reach nothing outside of the VPC{by}: no image, no log, no other API",
        concerned=(revision.service,),
        steps=_STEPS if len(spans) > 1 else (),
        hidden=(*unshown, *routes.hidden(subnet)),
    )
    yield from needed(judge, claim, spans, revision)


def _families(judge: Judge, routes: Routes, revision: Revision, subnet: Object) -> tuple[Family, Family]:
    """Return the family of addresses whose default route tasks need, and the other one.

    It is IPv4, unless the subnet has IPv6 addresses only, or no default route for IPv4 is in the plan.
    """
    change = judge.world.change(subnet)
    values = (change.after or change.before or {}) if change is not None else {}
    former = _subnets(judge, revision.service, Side.BEFORE)
    has_ipv4 = any(routes.default(each, Family.IPV4) for each in (subnet, *former))
    ipv6 = values.get("ipv6_native") is True or not has_ipv4
    return (Family.IPV6, Family.IPV4) if ipv6 else (Family.IPV4, Family.IPV6)


def _had_routes(judge: Judge, routes: Routes, revision: Revision) -> bool:
    """Return True if the plan shows a default route of a subnet of the former revision."""
    former = _subnets(judge, revision.service, Side.BEFORE)
    return any(routes.default(each, family) for each in former for family in Family)

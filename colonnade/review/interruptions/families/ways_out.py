"""The needs of tasks that reach anything outside of the VPC: a default route of their subnet to a gateway.

Without it, tasks in private subnets pull no image, write no log and reach no other API.
https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-task-networking.html
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from colonnade.review.interruptions.interruption import Interruption
from colonnade.review.interruptions.judge import Claim, Judge
from colonnade.review.interruptions.revisions import Revision, revisions
from colonnade.review.interruptions.rollouts import needed
from colonnade.review.interruptions.spans import Span
from colonnade.review.interruptions.world import SIDES, Links, Object, Side, World
from colonnade.review.plan.document import Change
from colonnade.review.plan.resource_index import Path
from colonnade.review.plan.values import blocks

_EVERYWHERE = ("0.0.0.0/0", "::/0")
_GATEWAYS = ("nat_gateway_id", "gateway_id", "transit_gateway_id", "vpc_endpoint_id", "network_interface_id")
_STEPS = (
    "Add the new gateway, and keep the former one. Apply.",
    "Change the routes to the new gateway. Apply.",
    "Remove the former gateway. Apply.",
)


def ways_out(judge: Judge) -> Iterator[Interruption]:
    """Yield the services whose tasks lose their default route for a time."""
    ways = _Ways(judge.world)
    for revision in revisions(judge.world):
        subnets = judge.world.links(revision.service, revision.side, "network_configuration", 0, "subnets")
        for subnet in subnets.objects:
            yield from _of_subnet(judge, ways, revision, subnet)


def _of_subnet(judge: Judge, ways: _Ways, revision: Revision, subnet: Object) -> Iterator[Interruption]:
    spans = ways.of(subnet)
    unshown: tuple[str, ...] = ()
    if not spans:  # by the VPC's main route table, or by design
        if revision.sides != (Side.AFTER,) or not _had_ways(judge, ways, revision):
            return
        unshown = (f"the default route of {subnet.address}",)
    name = judge.world.index.service(revision.service)
    claim = Claim(
        rule="tasks-without-route",
        subject=f"tasks of {name}",
        effect="reach nothing outside of the VPC: no image, no log, no other API",
        concerned=(revision.service,),
        steps=_STEPS if len(spans) > 1 else (),
        hidden=(*unshown, *ways.hidden(subnet)),
    )
    yield from needed(judge, claim, spans, revision)


def _had_ways(judge: Judge, ways: _Ways, revision: Revision) -> bool:
    """Return True if the plan shows a default route of a subnet of the former revision."""
    subnets = judge.world.links(revision.service, Side.BEFORE, "network_configuration", 0, "subnets")
    return any(ways.of(each) for each in subnets.objects)


class _Ways:
    """The default routes of each subnet on both sides."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._routes: Mapping[tuple[Object, Side], list[tuple[Change, Path]]] = _default_routes(world)
        self._tables: dict[Object, list[tuple[Change, Side, Object]]] = defaultdict(list)
        for side in SIDES:
            for association in world.of("aws_route_table_association", side=side):
                for subnet in world.links(association, side, "subnet_id").objects:
                    for table in world.links(association, side, "route_table_id").objects:
                        self._tables[subnet].append((association, side, table))

    def of(self, subnet: Object) -> list[Span]:
        """Return the spans in which a subnet has a default route to a gateway that exists."""
        spans = []
        for association, side, table in self._tables[subnet]:
            own = self._world.holds(association, side, on_both=self._is_kept(association, subnet, side, table))
            for route, path in self._routes.get((table, side), ()):
                spans += [own & self._world.lasts(table, side) & each for each in self._route(route, path, side)]
        return spans

    def hidden(self, subnet: Object) -> tuple[str, ...]:
        """Return the gateways that the plan does not show, as `ADDRESS: argument`."""
        return tuple(
            f"{route.address}: {argument}"
            for _, side, table in self._tables[subnet]
            for route, path in self._routes.get((table, side), ())
            for argument, links in self._gateways(route, path, side)
            if not links.complete
        )

    def _is_kept(self, association: Change, subnet: Object, side: Side, table: Object) -> bool:
        links = {each: self._world.links(association, side.other, each) for each in ("subnet_id", "route_table_id")}
        return subnet in links["subnet_id"] and table in links["route_table_id"]

    def _route(self, route: Change, path: Path, side: Side) -> Iterator[Span]:
        """Yield the time in which a route leads to each of its gateways."""
        others = {gateway for _, links in self._of_other_side(route, side.other) for gateway in links.objects}
        for _, links in self._gateways(route, path, side):
            for gateway in links.objects:
                holds = self._world.holds(route, side, on_both=gateway in others)
                yield holds & self._world.lasts(gateway, side)

    def _of_other_side(self, route: Change, side: Side) -> Iterator[tuple[str, Links]]:
        for (_, other), routes in self._routes.items():
            for change, path in routes:
                if other is side and change is route:
                    yield from self._gateways(change, path, side)

    def _gateways(self, route: Change, path: Path, side: Side) -> Iterator[tuple[str, Links]]:
        for argument in _GATEWAYS:
            value = self._world.value(route, side, *path, argument)
            if value not in (None, "", "local"):
                yield argument, self._world.links(route, side, *path, argument)


def _default_routes(world: World) -> Mapping[tuple[Object, Side], list[tuple[Change, Path]]]:
    """Return the default routes of each route table: the resource, and the path of the route in it."""
    found: dict[tuple[Object, Side], list[tuple[Change, Path]]] = defaultdict(list)
    for side in SIDES:
        for route in world.of("aws_route", side=side):
            blocks_ = [world.value(route, side, f"destination_{each}") for each in ("cidr_block", "ipv6_cidr_block")]
            for table in world.links(route, side, "route_table_id").objects if _is_default(blocks_) else ():
                found[table, side].append((route, ()))
        for change in world.of("aws_route_table", "aws_default_route_table", side=side):
            for place, block in enumerate(blocks(world.value(change, side, "route"))):
                if _is_default([block.get("cidr_block"), block.get("ipv6_cidr_block")]):
                    found[world.object(change, side), side].append((change, ("route", place)))
    return found


def _is_default(destinations: Iterable[object]) -> bool:
    return any(each in _EVERYWHERE for each in destinations)

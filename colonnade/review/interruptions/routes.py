"""The default routes of subnets: the time for which a route table of each subnet leads everything to a gateway.

https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Route_Tables.html
"""

from __future__ import annotations

import enum
from collections import defaultdict
from collections.abc import Iterator, Mapping

from colonnade.review.interruptions.spans import Span
from colonnade.review.interruptions.world import SIDES, Links, Object, Side, World
from colonnade.review.plan.document import Change
from colonnade.review.plan.resource_index import Path
from colonnade.review.plan.values import blocks

_GATEWAYS = (
    "nat_gateway_id",
    "gateway_id",
    "transit_gateway_id",
    "vpc_endpoint_id",
    "network_interface_id",
    "egress_only_gateway_id",
    "vpc_peering_connection_id",
    "core_network_arn",
    "local_gateway_id",
    "carrier_gateway_id",
)
_DESTINATIONS = ("cidr_block", "ipv6_cidr_block")


class Family(enum.Enum):
    """A family of addresses, by the destination of its default route."""

    IPV4 = "0.0.0.0/0"
    IPV6 = "::/0"


class Routes:
    """The default routes of each subnet on both sides."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._routes = _default_routes(world)
        self._tables: dict[Object, list[tuple[Side, Object, Span]]] = defaultdict(list)
        for side in SIDES:
            for association in world.of("aws_route_table_association", side=side):
                for subnet in world.links(association, side, "subnet_id").objects:
                    for table in world.links(association, side, "route_table_id").objects:
                        kept = self._is_kept(association, subnet, side, table)
                        span = world.holds(association, side, on_both=kept) & world.lasts(table, side)
                        self._tables[subnet].append((side, table, span))

    def tables(self, subnet: Object) -> Iterator[tuple[Side, Object, Span]]:
        """Yield the route tables of a subnet on each side, each with the time for which it has them."""
        yield from self._tables.get(subnet, ())

    def default(self, subnet: Object, family: Family) -> list[Span]:
        """Return the spans in which a subnet has a default route to a gateway that exists."""
        return [
            own & each
            for side, table, own in self.tables(subnet)
            for route, path in self._routes.get((table, side, family), ())
            for each in self._route(route, path, side)
        ]

    def hidden(self, subnet: Object) -> tuple[str, ...]:
        """Return the gateways that the plan does not show, as `ADDRESS: argument`."""
        return tuple(
            f"{route.address}: {argument}"
            for side, table, _ in self.tables(subnet)
            for family in Family
            for route, path in self._routes.get((table, side, family), ())
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
        for (_, other, _), routes in self._routes.items():
            for change, path in routes:
                if other is side and change is route:
                    yield from self._gateways(change, path, side)

    def _gateways(self, route: Change, path: Path, side: Side) -> Iterator[tuple[str, Links]]:
        for argument in _GATEWAYS:
            value = self._world.value(route, side, *path, argument)
            if value not in (None, "", "local"):
                yield argument, self._world.links(route, side, *path, argument)


def _default_routes(world: World) -> Mapping[tuple[Object, Side, Family], list[tuple[Change, Path]]]:
    """Return the default routes of each route table: the resource, and the path of the route in it."""
    found: dict[tuple[Object, Side, Family], list[tuple[Change, Path]]] = defaultdict(list)
    for side in SIDES:
        for route in world.of("aws_route", side=side):
            destinations = [world.value(route, side, f"destination_{each}") for each in _DESTINATIONS]
            for table in world.links(route, side, "route_table_id").objects:
                for family in (each for each in Family if each.value in destinations):
                    found[table, side, family].append((route, ()))
        for change in world.of("aws_route_table", "aws_default_route_table", side=side):
            for place, block in enumerate(blocks(world.value(change, side, "route"))):
                for family in (each for each in Family if each.value in map(block.get, _DESTINATIONS)):
                    found[world.object(change, side), side, family].append((change, ("route", place)))
    return found

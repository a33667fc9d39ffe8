"""Networks that a plan opens to the internet: routes to an internet gateway, and network ACLs.

A VPC that the plan creates is left out: nothing runs in it yet, and its security groups decide what is reachable.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from colonnade.review.analysis.findings import Finding, Kind
from colonnade.review.analysis.ports import Ports, is_internet, missing, ports
from colonnade.review.plan.document import Action, Change
from colonnade.review.plan.resource_index import Path, ResourceIndex, at
from colonnade.review.plan.values import blocks, judged

_ROUTES, _ROUTE = ("aws_route_table", "aws_default_route_table"), "aws_route"
_ACLS, _ACL_RULE = ("aws_network_acl", "aws_default_network_acl"), "aws_network_acl_rule"
_GATEWAY = "aws_internet_gateway"
_UPWARDS = (("route_table_id", "network_acl_id"), ("vpc_id", "default_route_table_id", "default_network_acl_id"))
"""The arguments that lead from a rule to its table, and from the table to its VPC."""
_DESTINATIONS = ("destination_cidr_block", "destination_ipv6_cidr_block", "cidr_block", "ipv6_cidr_block")


def opened_routes(changes: Sequence[Change], index: ResourceIndex) -> Iterator[Finding]:
    """Yield a finding for each route to an internet gateway, and each network ACL, that opens to the internet."""
    for change in changes:
        if not change.remains:
            continue
        if change.type in (*_ROUTES, _ROUTE) and _to_the_internet(change, index, after=True):
            if not _to_the_internet(change, index, after=False) and not _is_in_new_vpc(change, index):
                reason = "routes to the internet: resources in its subnets that have a public address are reachable"
                yield Finding(address=change.address, rule="route-opened", reason=reason, kind=Kind.EXPOSURE)
        elif change.type in (*_ACLS, _ACL_RULE):
            opened = missing(_allowed(change, after=True), _allowed(change, after=False))
            if opened and not _is_in_new_vpc(change, index):
                reason = f"opens a network ACL to the internet on {', '.join(map(str, opened))}"
                yield Finding(address=change.address, rule="network-acl-opened", reason=reason, kind=Kind.EXPOSURE)


def _to_the_internet(change: Change, index: ResourceIndex, *, after: bool) -> bool:
    values = change.side(after=after) or {}
    places: Sequence[tuple[Path, Mapping[str, Any]]] = [((), values)]
    if change.type in _ROUTES:
        routes = values.get("route")
        places = [(("route", n), each) for n, each in enumerate(routes if isinstance(routes, list) else [])]
    return any(
        _is_gateway(change, (*path, "gateway_id"), index, after=after)
        and any(is_internet(str(judged(route.get(name)))) for name in _DESTINATIONS)
        for path, route in places
        if isinstance(route, Mapping)
    )


def _is_gateway(change: Change, path: Path, index: ResourceIndex, *, after: bool) -> bool:
    found = index.referred(change, path, after=after)
    if found is not None:
        return found.type == _GATEWAY
    return str(judged(at(change.side(after=after), path))).startswith("igw-")


def _is_in_new_vpc(change: Change, index: ResourceIndex) -> bool:
    """Return True if the plan creates or replaces the VPC of a route, route table or network ACL."""
    place = change
    for names in _UPWARDS:
        found = [index.referred(place, (name,), after=True) for name in names if name in (place.after or {})]
        place = next((each for each in found if each is not None), place)
    return place.type == "aws_vpc" and place.action in (Action.CREATE, Action.REPLACE)


def _allowed(change: Change, *, after: bool) -> list[Ports]:
    """Return the incoming ports that a network ACL or its rule allows from the internet."""
    values = change.judged(after=after)
    if change.type == _ACL_RULE:
        rules = [] if values.get("egress") is True else [values]
    else:
        rules = blocks(values.get("ingress"))
    return [
        ports(each.get("protocol"), each.get("from_port"), each.get("to_port"))
        for each in rules
        if str(each.get("action", each.get("rule_action"))).lower() == "allow"
        and any(is_internet(str(each.get(name))) for name in ("cidr_block", "ipv6_cidr_block"))
    ]

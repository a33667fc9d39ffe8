"""The spans in which security groups let a connection through.

Rules are read in their three forms: resources of both types, and blocks inside of a group. A connection passes if one
rule on one of the groups allows it. A rule that names a prefix list allows what the list has at that time.
https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
"""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from colonnade.review.analysis.ports import Ports, ports
from colonnade.review.interruptions.order import destroys
from colonnade.review.interruptions.prefix_lists import Listed, PrefixLists
from colonnade.review.interruptions.spans import ALWAYS, Span
from colonnade.review.interruptions.world import SIDES, Links, Object, Side, World
from colonnade.review.plan.document import Change
from colonnade.review.plan.resource_index import Path
from colonnade.review.plan.values import UNKNOWN, is_known

_GROUPS = ("aws_security_group", "aws_default_security_group")
_OWN_RULES = {"aws_vpc_security_group_ingress_rule": "ingress", "aws_vpc_security_group_egress_rule": "egress"}
_CLASSIC_RULE = "aws_security_group_rule"
_BLOCKS = ("cidr_ipv4", "cidr_ipv6", "cidr_blocks", "ipv6_cidr_blocks")
_LISTS = ("prefix_list_id", "prefix_list_ids")
_PEERS = ("referenced_security_group_id", "source_security_group_id", "security_groups")
_EVERY_PRIVATE = "0.0.0.0/0"
"""The block that includes the members of every security group: they connect to each other by their IPv4 addresses."""

Peer = Object | str
"""The other end of a connection: a security group, an IP address, or a prefix list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Permit:
    """The connections that one rule on a security group allows."""

    change: Change
    """The resource that holds the rule."""
    ports: Ports
    blocks: tuple[Listed, ...]
    """Address blocks in CIDR notation, and IDs of prefix lists, each with the time for which the rule has it."""
    groups: Links

    def allows(self, port: int, peer: Peer) -> bool:
        """Return True if the rule allows connections on a TCP port from or to the peer."""
        return any(True for _ in self.times(port, peer))

    def times(self, port: int, peer: Peer) -> Iterator[Span]:
        """Yield each time in which the rule, while it exists, allows connections on a TCP port from or to the peer."""
        if self.ports.protocol not in ("-1", "tcp") or not self.ports.first <= port <= self.ports.last:
            return
        if peer in self.groups:
            yield ALWAYS
        yield from (each.time for each in self.blocks if each.block is not None and _is_within(peer, each.block))


class Access:
    """The rules of all security groups of a plan, on both sides."""

    def __init__(self, world: World) -> None:
        self._world = world
        lists = PrefixLists(world)
        self._permits: Mapping[Side, Mapping[tuple[Object, str], Sequence[Permit]]] = {
            side: _permits(world, lists, side) for side in SIDES
        }

    def permits(self, group: Object, direction: str, side: Side) -> Sequence[Permit]:
        """Return what the rules of a group allow on a side; `direction` is 'ingress' or 'egress'."""
        return self._permits[side].get((group, direction), ())

    def admitting(self, side: Side) -> Mapping[Object, Sequence[tuple[Object, Permit]]]:
        """Return, by security group, the other groups with an ingress rule on a side that names it, each with the
        rule."""
        found: dict[Object, list[tuple[Object, Permit]]] = defaultdict(list)
        for (group, direction), permits in self._permits[side].items():
            if direction == "ingress" and group.address:
                for permit in permits:
                    for each in permit.groups.objects:
                        found[each].append((group, permit))
        return found

    def spans(self, group: Object, direction: str, side: Side, port: int, peer: Peer) -> Iterator[Span]:
        """Yield the time of each rule on a side that lets the group connect to the peer, or the peer to the group."""
        for permit in self.permits(group, direction, side):
            for time in permit.times(port, peer):
                others = self.permits(group, direction, side.other)
                on_both = any(each.change is permit.change and each.allows(port, peer) for each in others)
                holds = self._world.holds(permit.change, side, on_both=on_both)
                yield while_used(self._world, group, holds & time & self._world.lasts(group, side))

    def attached(self, change: Change, side: Side, *path: str | int) -> Iterator[tuple[Object, Span]]:
        """Yield the security groups that an attribute of a resource names, each with the time for which it does."""
        others = self._world.links(change, side.other, *path)
        for group in self._world.links(change, side, *path).objects:
            named = self._world.holds(change, side, on_both=group in others)
            yield group, named & while_used(self._world, group, self._world.lasts(group, side))

    def sources(self, groups: Sequence[Object], port: int, side: Side) -> frozenset[Peer]:
        """Return who may connect to any of the groups on a port: the ends of each block, prefix lists and groups."""
        found: set[Peer] = set()
        for group in groups:
            for permit in self.permits(group, "ingress", side):
                found |= {each for each in permit.groups.objects if permit.allows(port, each)}
                blocks = [each.block for each in permit.blocks if each.block is not None]
                found |= {peer for each in blocks for peer in _ends(each) if permit.allows(port, peer)}
        return frozenset(found)

    def hidden(self, groups: Sequence[Object], direction: str) -> tuple[str, ...]:
        """Return the rules of the groups, and those of unknown groups, with a value that the plan does not show."""
        return tuple(
            dict.fromkeys(
                f"{each.change.address}: who may connect"
                for group, own, each in self._unclear
                if own == direction and (group in groups or not group.address)
            )
        )

    @cached_property
    def _unclear(self) -> Sequence[tuple[Object, str, Permit]]:
        """The rules with a value that the plan does not show, each with its group and direction."""
        return [
            (group, direction, each)
            for side in SIDES
            for (group, direction), permits in self._permits[side].items()
            for each in permits
            if not each.groups.complete or not group.address
        ]


def while_used(world: World, group: Object, span: Span) -> Span:
    """Return a span without the deletion of a security group: AWS refuses it until no network interface has the group.

    With `revoke_rules_on_delete`, the provider deletes the rules before.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSecurityGroup.html
    """
    change = world.change(group)
    if change is None or (change.before or {}).get("revoke_rules_on_delete") is True:
        return span
    return Span(starts=span.starts, ends=span.ends - {destroys(group.address)})


def _permits(world: World, lists: PrefixLists, side: Side) -> Mapping[tuple[Object, str], Sequence[Permit]]:
    found: dict[tuple[Object, str], list[Permit]] = defaultdict(list)
    separate = set[Object]()
    for change in world.of(*_OWN_RULES, _CLASSIC_RULE, side=side):
        values = world.values(change, side)
        direction = _OWN_RULES.get(change.type) or str(values.get("type"))
        protocol = values.get("ip_protocol", values.get("protocol"))
        groups = world.links(change, side, "security_group_id").objects
        separate |= set(groups)
        for group in groups or (Object(""),):  # a rule of a group that the plan does not show
            own = groups if values.get("self") is True else ()
            found[group, direction].append(_permit(world, lists, change, side, values, protocol, own=own))
    for change in world.of(*_GROUPS, side=side):
        group = world.object(change, side)
        for direction in ("ingress", "egress"):
            # A group's attributes repeat the rules that are separate resources.
            if direction in change.arguments or group not in separate:
                for place, rule in enumerate(_list(world.value(change, side, direction))):
                    if isinstance(rule, Mapping):
                        own = (group,) if rule.get("self") is True else ()
                        path: Path = (direction, place)
                        permit = _permit(world, lists, change, side, rule, rule.get("protocol"), path, own=own)
                        found[group, direction].append(permit)
    return found


def _permit(
    world: World,
    lists: PrefixLists,
    change: Change,
    side: Side,
    rule: Mapping[str, Any],
    protocol: Any,
    path: Path = (),
    *,
    own: Sequence[Object] = (),
) -> Permit:
    groups, prefix_lists = (
        [world.links(change, side, *path, each) for each in names if rule.get(each) not in (None, "", [])]
        for names in (_PEERS, _LISTS)
    )
    values = [each for name in _BLOCKS for each in (rule.get(name), *_list(rule.get(name)))]
    listed = [each for links in prefix_lists for each in lists.named(links, side)]
    shown = all(map(is_known, values)) and all(each.block is not None for each in listed)
    return Permit(
        change=change,
        ports=ports(protocol, rule.get("from_port"), rule.get("to_port")),
        blocks=(*(Listed(each, ALWAYS) for each in values if isinstance(each, str)), *listed),
        groups=Links(
            (*own, *(each for links in groups for each in links.objects)), shown and all(e.complete for e in groups)
        ),
    )


def _list(value: Any) -> Sequence[Any]:
    if value is None or value is UNKNOWN:
        return ()
    return value if isinstance(value, list) else (value,)


def _ends(block: str) -> tuple[str, ...]:
    """Return the first and the last address of a block; a prefix list stands for itself."""
    try:
        network = ipaddress.ip_network(block, strict=False)
    except ValueError:
        return (block,)
    return (str(network.network_address), str(network.broadcast_address))


def _is_within(peer: Peer, block: str) -> bool:
    if isinstance(peer, Object):
        return block == _EVERY_PRIVATE
    if peer == block:
        return True
    try:
        network = ipaddress.ip_network(block, strict=False)
        return ipaddress.ip_address(peer) in network
    except ValueError:
        return _is_everything(block)


def _is_everything(block: str) -> bool:
    """Return True for the block of all addresses, which includes every prefix list and every private address."""
    return block.endswith("/0")

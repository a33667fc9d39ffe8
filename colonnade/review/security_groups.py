"""Who may reach whom: the edges that security groups allow before and after, and what is opened to the world.

It reads rules that are resources of their own, of both kinds, and those written into a group.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from colonnade.review.directory import SHARED, Directory
from colonnade.review.plan_document import Change
from colonnade.review.ports import Ports, is_the_world, lacking, ports
from colonnade.review.values import UNKNOWN

WORLD = "the world"
_GROUPS = ("aws_security_group", "aws_default_security_group")
_OWN_RULES = {"aws_vpc_security_group_ingress_rule": "ingress", "aws_vpc_security_group_egress_rule": "egress"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """One peer that one rule lets into a group, or out of it."""

    address: str
    """Of the resource that holds the rule."""
    group: str
    """The group's label for a person."""
    group_key: str
    """What tells the group from all others on both sides: its address, or its id outside of the plan."""
    direction: str
    peer: str
    peer_is_world: bool
    ports: Ports

    @property
    def edge(self) -> Edge:
        source, target = (self.peer, self.group) if self.direction == "ingress" else (self.group, self.peer)
        return Edge(source=source, target=target, ports=self.ports)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Edge:
    """A way from one side to another, whichever of their groups allows it."""

    source: str
    target: str
    ports: Ports

    def __str__(self) -> str:
        separator = ":" if str(self.ports)[0].isdigit() else " "
        return f"{self.source} → {self.target}{separator}{self.ports}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Ports of a group that the world reaches after the plan and did not before."""

    address: str
    group: str
    ports: tuple[Ports, ...]


def edges(permissions: Sequence[Permission]) -> frozenset[Edge]:
    """The ways that the permissions allow, each once."""
    return frozenset(permission.edge for permission in permissions)


def openings(before: Sequence[Permission], after: Sequence[Permission]) -> tuple[Opening, ...]:
    """What lets the world in on ports that it did not reach; one entry for each resource that does."""
    had: dict[str, list[Ports]] = {}
    for permission in before:
        if permission.direction == "ingress" and permission.peer_is_world:
            had.setdefault(permission.group_key, []).append(permission.ports)
    found: dict[str, Opening] = {}
    for permission in after:
        if permission.direction == "ingress" and permission.peer_is_world:
            opened = lacking([permission.ports], had.get(permission.group_key, []))
            earlier = found.get(permission.address)
            ranges = sorted({*opened, *(earlier.ports if earlier is not None else ())})
            if ranges:
                found[permission.address] = Opening(
                    address=permission.address, group=permission.group, ports=tuple(ranges)
                )
    return tuple(found[address] for address in sorted(found))


def permissions(changes: Sequence[Change], directory: Directory, *, after: bool) -> tuple[Permission, ...]:
    """Everything that security groups allow on one side of the plan."""
    balancers = _groups_of_load_balancers(changes, directory)
    reader = _Reader(changes, directory, balancers, after=after)
    return tuple(permission for change in changes if not change.deposed for permission in reader.read(change))


def _groups_of_load_balancers(changes: Sequence[Change], directory: Directory) -> frozenset[str]:
    found: set[str] = set()
    for change in changes:
        for after in (False, True):
            values = change.side(after=after)
            if change.type in ("aws_lb", "aws_alb") and values is not None:
                groups = values.get("security_groups")
                places: list[tuple[str | int, ...]] = [("security_groups",)]
                if isinstance(groups, list):
                    places = [("security_groups", index) for index in range(len(groups))]
                named = (directory.referred(change, place, after=after) for place in places)
                found |= {group.address for group in named if group is not None}
    return frozenset(found)


class _Reader:
    """Reads one side of the plan."""

    def __init__(
        self, changes: Sequence[Change], directory: Directory, balancers: frozenset[str], *, after: bool
    ) -> None:
        self._directory = directory
        self._balancers = balancers
        self._after = after
        self._with_own_rules = {
            group.address
            for change in changes
            if change.type in _OWN_RULES or change.type == "aws_security_group_rule"
            if (group := directory.referred(change, ("security_group_id",), after=after)) is not None
        }

    def read(self, change: Change) -> Iterator[Permission]:
        values = change.side(after=self._after)
        if values is None:
            return
        if change.type in _OWN_RULES:
            yield from self._permissions(change, values, _OWN_RULES[change.type], values.get("ip_protocol"))
        elif change.type == "aws_security_group_rule":
            yield from self._permissions(change, values, str(values.get("type")), values.get("protocol"))
        elif change.type in _GROUPS:
            for direction in ("ingress", "egress"):
                yield from self._inline(change, values, direction)

    def _inline(self, change: Change, values: Mapping[str, Any], direction: str) -> Iterator[Permission]:
        # AWS tells a group's rules wherever they were declared: what rules of their own say is not said twice.
        if direction not in change.arguments and change.address in self._with_own_rules:
            return
        rules = values.get(direction)
        for place, rule in enumerate(rules if isinstance(rules, list) else []):
            if isinstance(rule, Mapping):
                found = self._permissions(change, rule, direction, rule.get("protocol"), (direction, place))
                yield from found

    def _permissions(
        self,
        change: Change,
        rule: Mapping[str, Any],
        direction: str,
        protocol: Any,
        path: tuple[str | int, ...] = (),
    ) -> Iterator[Permission]:
        # A rule at a path is written into its group.
        group = change if path else self._directory.referred(change, ("security_group_id",), after=self._after)
        for peer, is_world in self._peers(change, rule, path):
            yield Permission(
                address=change.address,
                group=self._label(group, change.side(after=self._after) or {}),
                group_key=group.address if group is not None else str(rule.get("security_group_id")),
                direction=direction,
                peer=peer,
                peer_is_world=is_world,
                ports=ports(protocol, rule.get("from_port"), rule.get("to_port")),
            )

    def _peers(
        self, change: Change, rule: Mapping[str, Any], path: tuple[str | int, ...]
    ) -> Iterator[tuple[str, bool]]:
        for name in ("cidr_ipv4", "cidr_ipv6", "cidr_blocks", "ipv6_cidr_blocks"):
            for block in _as_list(rule.get(name)):
                world = isinstance(block, str) and is_the_world(block)
                whole = world and str(block).endswith("/0")
                yield (WORLD if whole else str(block)), world
        for name in ("prefix_list_id", "prefix_list_ids"):
            yield from ((f"prefix list {each}", False) for each in _as_list(rule.get(name)))
        for name in ("referenced_security_group_id", "source_security_group_id"):
            if rule.get(name) not in (None, ""):
                group = self._directory.referred(change, (*path, name), after=self._after)
                yield self._label(group, {"security_group_id": rule[name]}), False
        for place, _ in enumerate(_as_list(rule.get("security_groups"))):
            group = self._directory.referred(change, (*path, "security_groups", place), after=self._after)
            yield self._label(group, {"security_group_id": rule["security_groups"]}), False
        if rule.get("self") is True:
            yield "itself", False

    def _label(self, group: Change | None, values: Mapping[str, Any]) -> str:
        if group is None:
            return f"security group {values.get('security_group_id')}"
        if group.address in self._balancers:
            return "load balancer"
        service = self._directory.service(group)
        return service if service != SHARED else group.name


def _as_list(value: Any) -> list[Any]:
    if value is None or value == "":
        return []
    if isinstance(value, list):
        return value
    return [value if value is not UNKNOWN else str(UNKNOWN)]

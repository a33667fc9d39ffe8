"""The connections that security groups allow before and after the plan, and the ports opened to the internet.

Sources are both types of rule resources, the rules inside of groups, and the entries of prefix lists. The address
blocks of all rules of a group are added up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from colonnade.review.analysis.ports import Ports, are_internet, is_internet, missing, ports, shared_ranges
from colonnade.review.analysis.prefix_lists import PrefixLists
from colonnade.review.plan.addresses import parse
from colonnade.review.plan.document import Change
from colonnade.review.plan.resource_index import BALANCERS, SHARED, ResourceIndex
from colonnade.review.plan.values import UNKNOWN, judged

INTERNET = "the internet"
_GROUPS = ("aws_security_group", "aws_default_security_group")
_OWN_RULES = {"aws_vpc_security_group_ingress_rule": "ingress", "aws_vpc_security_group_egress_rule": "egress"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Permission:
    """One source or destination that a rule of a security group allows."""

    address: str
    """The address of the resource that holds the rule."""
    group: str
    """The group's label."""
    group_key: str
    """The key of the group before and after the plan: its address, or its id if the plan does not contain the group."""
    direction: str
    peer: str
    blocks: tuple[str, ...]
    """The address blocks of the peer, or the entries of its prefix list; empty for a security group."""
    ports: Ports

    @property
    def peer_is_internet(self) -> bool:
        """True if the blocks of this rule alone are a large part of the internet."""
        return any(map(is_internet, self.blocks)) or are_internet(self.blocks)

    @property
    def edge(self) -> Edge:
        """The connection that the rule allows."""
        source, target = (self.peer, self.group) if self.direction == "ingress" else (self.group, self.peer)
        return Edge(source=source, target=target, ports=self.ports)


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Edge:
    """A connection that a security group allows: outgoing at its source, or incoming at its target."""

    source: str
    target: str
    ports: Ports

    def __str__(self) -> str:
        separator = ":" if str(self.ports)[0].isdigit() else " "
        return f"{self.source} → {self.target}{separator}{self.ports}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Ports of a group that become reachable from the internet."""

    address: str
    group: str
    ports: tuple[Ports, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SecurityGroupChanges:
    """The connections that the plan opens and closes."""

    opened: tuple[Edge, ...]
    closed: tuple[Edge, ...]
    openings: tuple[Opening, ...]
    before: tuple[Permission, ...]
    after: tuple[Permission, ...]


def security_group_changes(changes: Sequence[Change], index: ResourceIndex) -> SecurityGroupChanges:
    """Compare what the security groups allow before and after the plan."""
    before, after = (permissions(changes, index, after=side) for side in (False, True))
    old, new = edges(before), edges(after)
    return SecurityGroupChanges(
        opened=tuple(sorted(new - old)),
        closed=tuple(sorted(old - new)),
        openings=openings(before, after),
        before=before,
        after=after,
    )


def edges(permissions: Sequence[Permission]) -> frozenset[Edge]:
    """Return the distinct connections that the permissions allow."""
    return frozenset(permission.edge for permission in permissions)


def openings(before: Sequence[Permission], after: Sequence[Permission]) -> tuple[Opening, ...]:
    """Return the ports that become reachable from the internet, by the resource that opens them."""
    had = {group: [ports for ports, _ in _reachable(own)] for group, own in _incoming(before).items()}
    there = set(before)
    found: dict[str, Opening] = {}
    for group, own in _incoming(after).items():
        for ports_, openers in _reachable(own):
            opened = missing([ports_], had.get(group, []))
            for opener in [each for each in openers if each not in there] or openers[:1] if opened else ():
                earlier = found.get(opener.address)
                ranges = sorted({*opened, *(earlier.ports if earlier is not None else ())})
                found[opener.address] = Opening(address=opener.address, group=opener.group, ports=tuple(ranges))
    return tuple(found[address] for address in sorted(found))


def _incoming(permissions: Sequence[Permission]) -> Mapping[str, Sequence[Permission]]:
    """Return the incoming permissions with address blocks, by group."""
    found: dict[str, list[Permission]] = {}
    for permission in permissions:
        if permission.direction == "ingress" and permission.blocks:
            found.setdefault(permission.group_key, []).append(permission)
    return found


def _reachable(own: Sequence[Permission]) -> Iterator[tuple[Ports, Sequence[Permission]]]:
    """Yield the ports of a group that the internet reaches, with the permissions that open them.

    Blocks that are small one by one may be the internet together.
    """
    small = []
    for permission in own:
        if permission.peer_is_internet:
            yield permission.ports, [permission]
        else:
            small.append(permission)
    if len(small) > 1 and are_internet(block for each in small for block in each.blocks):
        for ports_, members in shared_ranges([(each.ports, each) for each in small]):
            if are_internet(block for each in members for block in each.blocks):
                yield ports_, members


def permissions(changes: Sequence[Change], index: ResourceIndex, *, after: bool) -> tuple[Permission, ...]:
    """Return the permissions of all security groups on one side of the plan."""
    balancers = _groups_of_load_balancers(changes, index)
    reader = _Reader(changes, index, balancers, after=after)
    return tuple(permission for change in changes if not change.deposed for permission in reader.read(change))


def _groups_of_load_balancers(changes: Sequence[Change], index: ResourceIndex) -> frozenset[str]:
    found: set[str] = set()
    for change in changes:
        for after in (False, True):
            values = change.side(after=after)
            if change.type in BALANCERS and values is not None:
                groups = values.get("security_groups")
                places: list[tuple[str | int, ...]] = [("security_groups",)]
                if isinstance(groups, list):
                    places = [("security_groups", place) for place in range(len(groups))]
                named = (index.referred(change, place, after=after) for place in places)
                found |= {group.address for group in named if group is not None}
    return frozenset(found)


class _Reader:
    """A reader of the rules on one side of the plan."""

    def __init__(
        self, changes: Sequence[Change], index: ResourceIndex, balancers: frozenset[str], *, after: bool
    ) -> None:
        self._index = index
        self._balancers = balancers
        self._after = after
        self._lists = PrefixLists(changes, index, after=after)
        self._with_own_rules = {
            group.address
            for change in changes
            if change.type in _OWN_RULES or change.type == "aws_security_group_rule"
            if (group := index.referred(change, ("security_group_id",), after=after)) is not None
        }

    def read(self, change: Change) -> Iterator[Permission]:
        """Yield the permissions of the rules that a resource holds."""
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
        # A group's attributes repeat the rules that are separate resources, so those rules are skipped here.
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
        # A rule with a path is declared inline in its security group, without a resource of its own.
        group = change if path else self._index.referred(change, ("security_group_id",), after=self._after)
        for peer, blocks in self._peers(change, rule, path):
            yield Permission(
                address=change.address,
                group=self._label(group, change.side(after=self._after) or {}),
                group_key=group.address if group is not None else str(rule.get("security_group_id")),
                direction=direction,
                peer=peer,
                blocks=blocks,
                ports=ports(protocol, rule.get("from_port"), rule.get("to_port")),
            )

    def _peers(
        self, change: Change, rule: Mapping[str, Any], path: tuple[str | int, ...]
    ) -> Iterator[tuple[str, tuple[str, ...]]]:
        for name in ("cidr_ipv4", "cidr_ipv6", "cidr_blocks", "ipv6_cidr_blocks"):
            for block in _as_list(rule.get(name)):
                revealed = judged(block)
                blocks = tuple(each for each in _as_list(revealed) if isinstance(each, str))
                whole = block is revealed and str(block).endswith("/0") and is_internet(str(block))
                yield (INTERNET if whole else str(block)), blocks
        for name in ("prefix_list_id", "prefix_list_ids"):
            for place, each in enumerate(_as_list(rule.get(name))):
                at = (*path, name, place) if isinstance(rule.get(name), list) else (*path, name)
                yield f"prefix list {each}", self._lists.entries(change, at)
        for name in ("referenced_security_group_id", "source_security_group_id"):
            if rule.get(name) not in (None, ""):
                group = self._index.referred(change, (*path, name), after=self._after)
                yield self._label(group, {"security_group_id": rule[name]}), ()
        for place, _ in enumerate(_as_list(rule.get("security_groups"))):
            group = self._index.referred(change, (*path, "security_groups", place), after=self._after)
            yield self._label(group, {"security_group_id": rule["security_groups"]}), ()
        if rule.get("self") is True:
            yield "itself", ()

    def _label(self, group: Change | None, values: Mapping[str, Any]) -> str:
        if group is None:
            return f"security group {values.get('security_group_id')}"
        if group.address in self._balancers:
            return "load balancer"
        service = self._index.service(group)
        return service if service != SHARED else parse(group.address).instance


def _as_list(value: Any) -> list[Any]:
    if value is None or value == "":
        return []
    if isinstance(value, list):
        return value
    return [value if value is not UNKNOWN else str(UNKNOWN)]

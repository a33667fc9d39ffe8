"""Changes outside of Terraform: the drift of a plan without what the provider merely fills in or repeats.

Straight after an apply, a refresh finds null where AWS returns an empty value, defaults, attributes that follow from
other resources, and the rules of separate resources within the resource that they belong to. None of these is a change.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from colonnade.review.analysis.attributes import Difference, differences
from colonnade.review.analysis.security_groups import Permission, permissions
from colonnade.review.plan.document import Change
from colonnade.review.plan.resource_index import ResourceIndex
from colonnade.review.plan.values import Sensitive, is_empty

_FOLLOWS: Mapping[str, frozenset[str]] = {
    "aws_acm_certificate": frozenset({"not_after", "not_before", "pending_renewal", "renewal_summary", "status"}),
    "aws_eip": frozenset({"association_id", "instance", "network_interface", "private_dns", "private_ip"}),
    "aws_lb_target_group": frozenset({"load_balancer_arns"}),
    "aws_alb_target_group": frozenset({"load_balancer_arns"}),
    "aws_vpc_endpoint": frozenset({"cidr_blocks", "dns_entry", "network_interface_ids", "route_table_ids"}),
}
"""Attributes that AWS sets, or that follow from other resources, by type, unless the configuration sets them."""
_GROUPS = frozenset({"aws_security_group", "aws_default_security_group"})
_GROUP_RULES = frozenset({
    "aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule", "aws_security_group_rule",
})  # fmt: skip
_INLINE: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(_GROUPS, ("ingress", "egress")),
    "aws_iam_role": ("inline_policy", "managed_policy_arns"),
    "aws_route_table": ("route",),
}
"""Attributes that repeat separate resources, by type, unless the configuration sets them."""

_HOLDERS: Mapping[str, str] = {
    "aws_iam_role_policy_attachment": "role",
    "aws_iam_role_policy": "role",
    "aws_route": "route_table_id",
}
"""The argument that names the resource in which a separate resource is repeated, by type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """A resource that was changed outside of Terraform."""

    change: Change
    differences: tuple[Difference, ...]
    """The attributes with their values in Terraform's state and in AWS; empty for a deleted resource."""

    @property
    def is_deleted(self) -> bool:
        """True if the resource no longer exists."""
        return self.change.after is None


def drift(drifted: Sequence[Change], changes: Sequence[Change], index: ResourceIndex) -> tuple[Drift, ...]:
    """Return the resources in `drifted` that really changed; `changes` are those of the plan."""
    separate = _Separate(drifted, changes, index)
    found = (Drift(change=each, differences=tuple(_differences(each, separate))) for each in drifted)
    return tuple(each for each in found if each.is_deleted or each.differences)


def _differences(change: Change, separate: _Separate) -> Iterator[Difference]:
    if change.before is None or change.after is None:
        return
    inline = [name for name in _INLINE.get(change.type, ()) if name not in change.arguments]
    left_out = {*inline, *(_FOLLOWS.get(change.type, frozenset()) - change.arguments.keys())}
    for each in (*differences(change), *_tags(change)):
        if each.path[0] not in left_out and _canonical(each.before) != _canonical(each.after):
            yield each
    for name in inline:
        old = {_canonical(item) for item in _items(change.before.get(name))}
        new = _items(change.after.get(name))
        added = [item for item in new if _canonical(item) not in old and not separate.has(change, name, item)]
        if added:
            yield Difference(path=(name,), before=None, after=added, replaces=False)


def _tags(change: Change) -> Iterator[Difference]:
    old, new = ((side or {}).get("tags") or {} for side in (change.before, change.after))
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in sorted(old.keys() | new.keys()):
            yield Difference(path=("tags", name), before=old.get(name), after=new.get(name), replaces=False)


class _Separate:
    """The rules, routes and policies that are resources of their own, before the plan."""

    def __init__(self, drifted: Sequence[Change], changes: Sequence[Change], index: ResourceIndex) -> None:
        others = [each for each in changes if each.type not in _GROUPS]
        groups = [each for each in drifted if each.type in _GROUPS]
        without_rules = [each for each in others if each.type not in _GROUP_RULES]
        rules = {_allowed(each) for each in permissions(others, index, after=False)} if groups else set()
        # The rules of a group cannot be compared one by one, as the provider joins those with equal ports.
        self._unexplained = {
            (each.address, each.direction)
            for each in (permissions([*groups, *without_rules], index, after=True) if groups else ())
            if _allowed(each) not in rules
        }
        self._held: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
        for each in others:
            if each.before is not None and each.type in _HOLDERS:
                holder = str(each.before.get(_HOLDERS[each.type]))
                self._held.setdefault((each.type, holder), []).append(each.before)

    def has(self, change: Change, attribute: str, item: Any) -> bool:
        """Return whether a separate resource holds this item of a resource's attribute."""
        own = change.after or {}
        if change.type in _GROUPS:
            return (change.address, attribute) not in self._unexplained
        if attribute == "managed_policy_arns":
            attached = self._of("aws_iam_role_policy_attachment", own.get("name"))
            return any(each.get("policy_arn") == item for each in attached)
        if attribute == "inline_policy":
            return any(_same_policy(each, item) for each in self._of("aws_iam_role_policy", own.get("name")))
        return any(_same_route(each, item) for each in self._of("aws_route", own.get("id")))

    def _of(self, type_: str, holder: Any) -> Sequence[Mapping[str, Any]]:
        return self._held.get((type_, str(holder)), ())


def _allowed(permission: Permission) -> tuple[Any, ...]:
    return permission.group_key, permission.direction, permission.peer, permission.ports


def _same_policy(policy: Mapping[str, Any], item: Mapping[str, Any]) -> bool:
    return all(_canonical(policy.get(name)) == _canonical(item.get(name)) for name in ("name", "policy"))


def _same_route(route: Mapping[str, Any], item: Mapping[str, Any]) -> bool:
    """Return whether a route is an entry of its table, in which the destinations have shorter names."""
    names = {"cidr_block": "destination_cidr_block", "ipv6_cidr_block": "destination_ipv6_cidr_block"}
    return all(is_empty(value) or route.get(names.get(name, name)) == value for name, value in item.items())


def _items(value: Any) -> list[Any]:
    """Return the items of a set of blocks or strings; empty if it is not known."""
    return list(value) if isinstance(value, list) else []


def _canonical(value: Any) -> str:
    """Return a string that is equal for values that differ in the order of a set or the spacing of JSON only."""
    return json.dumps(_plain(value), sort_keys=True, default=repr)


def _plain(value: Any) -> Any:
    if isinstance(value, Sensitive):
        return value.digest
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            return _plain(json.loads(value))
        except (ValueError, RecursionError):
            return value
    if isinstance(value, list):
        return sorted((_plain(each) for each in value), key=lambda each: json.dumps(each, sort_keys=True, default=repr))
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items() if not is_empty(each)}
    return None if is_empty(value) else value

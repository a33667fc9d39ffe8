"""Plain words for the operations of an apply: sentences of a trace, with the names of the services."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from colonnade.review.analysis.ports import ports
from colonnade.review.analysis.rule_conditions import conditions
from colonnade.review.interruptions.order import Kind, Operation
from colonnade.review.interruptions.spans import Gap
from colonnade.review.interruptions.world import SIDES, Object, Side, World
from colonnade.review.plan.document import Action, Change
from colonnade.review.plan.resource_index import BALANCERS, LISTENER_RULES, SERVICE, SHARED, TASK_GROUPS

_GROUP_RULES = {
    "aws_vpc_security_group_ingress_rule": "ingress",
    "aws_vpc_security_group_egress_rule": "egress",
    "aws_security_group_rule": "",
}
"""The direction by type; empty if the rule's own argument has it."""
_PEERS = ("referenced_security_group_id", "source_security_group_id")
_BLOCKS = ("cidr_ipv4", "cidr_ipv6", "prefix_list_id", "cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids")
_ANYONE = ("0.0.0.0/0", "::/0")
_HEALTHY: Mapping[bool, str] = {True: "are healthy", False: "run"}


def _shortest_path(rule: Change) -> str:
    """Return the shortest path pattern of a rule, after the apply if it still exists."""
    patterns, others = conditions((rule.after or rule.before or {}).get("condition"))
    return min(patterns, key=len, default=" and ".join(map(str, others)) or "any path")


def _block(values: Mapping[str, Any]) -> str:
    """Return the words for the addresses that a security group rule names."""
    named = [values.get(name) for name in _BLOCKS]
    found = [each for value in named for each in (value if isinstance(value, list) else [value])]
    shown = [each for each in found if isinstance(each, str)]
    return " and ".join("anyone" if each in _ANYONE else each for each in shown) or "another address"


class Words:
    """The words for the resources and operations of one plan."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._balancer_groups = frozenset(
            group
            for side in SIDES
            for each in world.of(*BALANCERS, side=side)
            for group in world.links(each, side, "security_groups").objects
        )

    def services(self, *changes: Change) -> tuple[str, ...]:
        """Return the names of the services that the resources belong to."""
        names = {self._world.index.service(each) for each in changes} - {SHARED}
        return tuple(sorted(names))

    def thing(self, change: Change) -> str:
        """Return the words for a resource: 'the listener rule of orders'."""
        if change.type in _GROUP_RULES:
            return self._group_rule(change)
        if change.type in LISTENER_RULES:
            return f"the listener rule for {_shortest_path(change)}"
        service = self._world.index.service(change)
        if change.type == SERVICE and service != SHARED:
            return f"service {service}"
        label = self._world.index.full_label(change)
        return f"the {label} {change.address}" if label == self._world.index.kind(change) else f"the {label}"

    def _group_rule(self, change: Change) -> str:
        side = Side.BEFORE if change.before is not None else Side.AFTER
        values = self._world.values(change, side)
        direction = _GROUP_RULES[change.type] or str(values.get("type"))
        protocol = values.get("ip_protocol", values.get("protocol"))
        range_ = ports(protocol, values.get("from_port"), values.get("to_port"))
        owner = self._group(change, side, ("security_group_id",)) or "a security group"
        peer = self._group(change, side, _PEERS) or _block(values)
        source, target = (peer, owner) if direction == "ingress" else (owner, peer)
        if values.get("self") is True:
            source, target = owner, "itself"
        on = f"port {range_}" if str(range_)[0].isdigit() else str(range_)
        return f"the {direction} rule that lets {source} reach {target} on {on}"

    def _group(self, change: Change, side: Side, attributes: Sequence[str]) -> str:
        found = [each for name in attributes for each in self._world.links(change, side, name).objects]
        return self.group(found[0]) if found else ""

    def group(self, group: Object) -> str:
        """Return the words for the owner of a security group: a service, or the load balancer."""
        if group in self._balancer_groups:
            return "the load balancer"
        change = self._world.change(group)
        service = self._world.index.service(change) if change is not None else SHARED
        if service == SHARED and len(self._users.get(group, ())) == 1:
            (service,) = self._users[group]
        return service if service != SHARED else f"security group {group.address}"

    @cached_property
    def _users(self) -> Mapping[Object, set[str]]:
        """The services whose tasks have each security group."""
        found: dict[Object, set[str]] = defaultdict(set)
        for side in SIDES:
            for each in self._world.of(SERVICE, side=side):
                for group in self._world.links(each, side, *TASK_GROUPS).objects:
                    found[group].add(self._world.index.service(each))
        return found

    def happens(self, operation: Operation) -> str:
        """Return a sentence for an operation: 'The listener rule of orders is deleted.'"""
        change = self._world.at(operation.address)
        thing = self.thing(change)
        if operation.kind is Kind.DESTROY:
            verb = "is deleted"
        elif change.action is Action.UPDATE:
            verb = "gets new tasks" if change.type == SERVICE else "is changed"
        else:
            verb = "is created"
        return f"{thing[0].upper()}{thing[1:]} {verb}."

    def until(self, operation: Operation) -> str:
        """Return the words for the end of a gap: 'until the listener rule of orders is created'."""
        change = self._world.at(operation.address)
        if change.type == SERVICE and operation.kind is Kind.APPLY:
            waits = (change.after or {}).get("wait_for_steady_state") is True
            return f"until the new tasks of {self._world.index.service(change)} {_HEALTHY[waits]}"
        return f"until {self.happens(operation)[:1].lower()}{self.happens(operation)[1:-1]}"

    def trace(self, gap: Gap, sentence: str) -> tuple[str, ...]:
        """Return the operations of a gap in order; `sentence` says what fails meanwhile."""
        lines = [self.happens(gap.loss)] if gap.loss is not None else []
        if gap.until is None or gap.until == gap.loss:
            lines.append(f"From then on, {sentence}." if lines else f"{sentence[0].upper()}{sentence[1:]}.")
        else:
            until = self.until(gap.until)
            lines.append(f"{until[0].upper()}{until[1:]}, {sentence}.")
            if gap.loss is not None and not gap.certain:
                lines.append("Terraform runs these two operations in any order.")
            if gap.loss is not None:
                lines.append("If the apply stops in between, this lasts until the next apply.")
        return tuple(lines)

"""The harm to requests: what takes a listener rule, a priority, a redirect or a client's way from them.

plan -> operations after which a request finds no rule, another one, or nothing that answers
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.support.apply_order import Operation
from tests.support.plan_harm.changes import PlannedChanges, kind_of, name_of


class RequestHarm:
    """The harm of one plan to requests."""

    def __init__(self, plan: PlannedChanges) -> None:
        self._plan = plan

    def found(self) -> Iterator[str]:
        """Yield every harm."""
        yield from self._exchanged()
        yield from self._slots()
        yield from self._shadows()
        yield from self._redirects()
        yield from self._names()
        yield from self._empty_target_groups()

    def _exchanged(self) -> Iterator[str]:
        """Yield the ingress rules for clients that may be destroyed before their successors on the same port exist."""
        rule = "aws_vpc_security_group_ingress_rule"
        gone = [
            a for a, done in self._plan.actions() if kind_of(a) == rule and done == {"delete"} and self._for_clients(a)
        ]
        for former in gone:
            port = self._plan.before[former]["from_port"]
            others = [a for a in self._plan.changes if kind_of(a) == rule and a not in gone and self._for_clients(a)]
            same = [a for a in others if self._plan.changes[a]["after"]["from_port"] == port]
            destroyed = Operation(former, "destroy")
            if same and not any(self._plan.order.before(Operation(a, "apply"), destroyed) for a in same):
                yield f"{name_of(former)} may be destroyed before its successors are created"

    def _for_clients(self, rule: str) -> bool:
        values = self._plan.before.get(rule) or self._plan.changes[rule]["after"]
        return not values.get("referenced_security_group_id")

    def _slots(self) -> Iterator[str]:
        """Yield listener rules that take a priority before the rule that has it has left, which AWS refuses."""
        rules = [address for address in self._plan.changes if kind_of(address) == "aws_lb_listener_rule"]
        held = {_slot(self._plan.before[address]): address for address in rules if address in self._plan.before}
        for address in rules:
            after = self._plan.changes[address]["after"]
            holder = held.get(_slot(after)) if after else None
            if holder is None or (holder == address and not self._plan.plans("create", address)):
                continue
            leaves = Operation(holder, "destroy" if self._plan.plans("delete", holder) else "apply")
            if not self._plan.order.before(leaves, Operation(address, "apply")):
                yield f"{name_of(address)} takes the priority of {name_of(holder)}, which has not left it"

    def _shadows(self) -> Iterator[str]:
        """Yield rules that are evaluated before a rule within their paths while both get other priorities."""
        rules = [(address, change) for address, change in self._plan.both("aws_lb_listener_rule")]
        for outer, around in rules:
            for inner, within in rules:
                if outer == inner or not _prefix(within["after"]).startswith(f"{_prefix(around['after'])}/"):
                    continue
                first, second = Operation(outer, "apply"), Operation(inner, "apply")
                rises = within["after"]["priority"] > around["before"]["priority"]
                falls = around["after"]["priority"] < within["before"]["priority"]
                if (rises and not self._plan.order.before(first, second)) or (
                    falls and not self._plan.order.before(second, first)
                ):
                    yield f"{name_of(outer)} is evaluated before {name_of(inner)} for a while"

    def _redirects(self) -> Iterator[str]:
        """Yield what a listener that starts to redirect comes too early for."""
        for address, actions in self._plan.actions():
            if kind_of(address) != "aws_lb_listener" or actions != {"update"}:
                continue
            types = [self._plan.changes[address][side]["default_action"][0]["type"] for side in ("before", "after")]
            if types[0] == "redirect" or types[1] != "redirect":
                continue
            redirect = Operation(address, "apply")
            for other, done in self._plan.actions():
                made = "create" in done and kind_of(other) in {"aws_lb_listener", "aws_lb_listener_rule"}
                if made and not self._plan.order.before(Operation(other, "apply"), redirect):
                    yield f"{name_of(address)} redirects before {name_of(other)} exists"
                gone = "delete" in done and kind_of(other) == "aws_lb_listener_rule"
                if gone and not self._plan.order.before(redirect, Operation(other, "destroy")):
                    yield f"{name_of(other)} is destroyed before {name_of(address)} redirects"

    def _names(self) -> Iterator[str]:
        """Yield names of load balancers that clients no longer resolve."""
        for address, actions in self._plan.actions():
            if (
                kind_of(address) == "aws_route53_record"
                and "delete" in actions
                and self._plan.before[address].get("alias")
            ):
                yield f"{self._plan.before[address]['name']} no longer resolves"

    def _empty_target_groups(self) -> Iterator[str]:
        """Yield rules and listeners in use that forward to a group of this plan, before the tasks that it is for."""
        for kind, key in (("aws_lb_listener_rule", "action"), ("aws_lb_listener", "default_action")):
            for address, change in self._plan.both(kind):
                (before,), (after,) = change["before"][key], change["after"][key]
                known = after.get("target_group_arn") or after.get("forward")
                if before["type"] == after["type"] == "forward" and not known:
                    yield f"{name_of(address)} forwards to a new target group before its tasks run"


def _slot(values: Mapping[str, Any]) -> tuple[Any, Any]:
    return values.get("listener_arn"), values.get("priority")


def _prefix(rule: Mapping[str, Any]) -> str:
    """Return the shortest path pattern of a rule."""
    paths = [path for each in rule["condition"] for path in each["path_pattern"]]
    return min((str(value) for path in paths for value in path["values"]), key=len, default="*")

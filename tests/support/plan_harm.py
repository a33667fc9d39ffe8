"""The harm that the apply of a real plan does to running services: a list of sentences, empty if it does none.

plan JSON + order of the apply -> operations that take something from tasks or clients that still use it

A resource uses another if an attribute of it is the other's id or ARN. An ECS service also uses the rules
of its security groups.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.support.apply_order import ApplyOrder, Operation

_NEVER_REPLACED = {
    "aws_ecs_cluster",
    "aws_ecs_service",
    "aws_iam_role",
    "aws_internet_gateway",
    "aws_lb",
    "aws_lb_listener",
    "aws_lb_target_group",
    "aws_nat_gateway",
    "aws_route_table",
    "aws_service_discovery_private_dns_namespace",
    "aws_service_discovery_service",
    "aws_subnet",
    "aws_vpc",
}
"""Their replacement interrupts requests or calls even if it is created first."""
_SECURITY_GROUP_RULES = {"aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule"}
_CONNECTION = ("from_port", "to_port", "ip_protocol", "cidr_ipv4", "referenced_security_group_id", "security_group_id")
_ID = re.compile(r"arn:|(sg|sgr|vpc|subnet|rtb|rtbassoc|nat|igw|eipalloc|ns|srv)-")


class PlannedHarm:
    """The harm of one plan."""

    def __init__(self, plan: Mapping[str, Any], order: ApplyOrder) -> None:
        self._order = order
        self._changes = {
            each["address"]: each["change"]
            for each in plan["resource_changes"]
            if each["mode"] == "managed" and "deposed" not in each
        }
        self._before = {address: change["before"] for address, change in self._changes.items() if change["before"]}

    def found(self) -> list[str]:
        """Return every harm, sorted."""
        checks = (
            self._replaced(),
            self._taken_away(),
            self._closed_in_place(),
            self._exchanged(),
            self._slots(),
            self._shadows(),
            self._redirects(),
            self._names(),
            self._paths(),
            self._ports(),
            self._empty_target_groups(),
            self._default_routes(),
        )
        return sorted({harm for check in checks for harm in check})

    def _replaced(self) -> Iterator[str]:
        for address, actions in self._actions():
            if _kind(address) in _NEVER_REPLACED and {"create", "delete"} <= actions:
                yield f"{_name(address)} is replaced"

    def _taken_away(self) -> Iterator[str]:
        """Yield what is destroyed before its users have changed or gone."""
        for address, actions in self._actions():
            if "delete" not in actions or self._outlives_its_destroy(address):
                continue
            users = list(self._users(address))
            for user in users:
                if not self._has_left(user, address, other_users=set(users) - {user}):
                    yield f"{_name(address)} is destroyed while {_name(user)} uses it"

    def _closed_in_place(self) -> Iterator[str]:
        for address, actions in self._actions():
            if _kind(address) in _SECURITY_GROUP_RULES and actions == {"update"}:
                change = self._changes[address]
                if any(change["before"].get(key) != change["after"].get(key) for key in _CONNECTION):
                    yield f"{_name(address)} is changed in place"

    def _exchanged(self) -> Iterator[str]:
        """Yield the ingress rules for clients that may be destroyed before their successors on the same port exist."""
        rule = "aws_vpc_security_group_ingress_rule"
        gone = [a for a, done in self._actions() if _kind(a) == rule and done == {"delete"} and self._for_clients(a)]
        for former in gone:
            port = self._before[former]["from_port"]
            others = [a for a in self._changes if _kind(a) == rule and a not in gone and self._for_clients(a)]
            same = [a for a in others if self._changes[a]["after"]["from_port"] == port]
            destroyed = Operation(former, "destroy")
            if same and not any(self._order.before(Operation(a, "apply"), destroyed) for a in same):
                yield f"{_name(former)} may be destroyed before its successors are created"

    def _for_clients(self, rule: str) -> bool:
        values = self._before.get(rule) or self._changes[rule]["after"]
        return not values.get("referenced_security_group_id")

    def _slots(self) -> Iterator[str]:
        """Yield listener rules that take a priority before the rule that has it has left, which AWS refuses."""
        rules = [address for address in self._changes if _kind(address) == "aws_lb_listener_rule"]
        held = {_slot(self._before[address]): address for address in rules if address in self._before}
        for address in rules:
            after = self._changes[address]["after"]
            holder = held.get(_slot(after)) if after else None
            if holder is None or (holder == address and not self._is("create", address)):
                continue
            leaves = Operation(holder, "destroy" if self._is("delete", holder) else "apply")
            if not self._order.before(leaves, Operation(address, "apply")):
                yield f"{_name(address)} takes the priority of {_name(holder)}, which has not left it"

    def _shadows(self) -> Iterator[str]:
        """Yield rules that are evaluated before a rule within their paths while both get other priorities."""
        rules = [(address, change) for address, change in self._both("aws_lb_listener_rule")]
        for outer, around in rules:
            for inner, within in rules:
                if outer == inner or not _prefix(within["after"]).startswith(f"{_prefix(around['after'])}/"):
                    continue
                first, second = Operation(outer, "apply"), Operation(inner, "apply")
                rises = within["after"]["priority"] > around["before"]["priority"]
                falls = around["after"]["priority"] < within["before"]["priority"]
                if (rises and not self._order.before(first, second)) or (
                    falls and not self._order.before(second, first)
                ):
                    yield f"{_name(outer)} is evaluated before {_name(inner)} for a while"

    def _redirects(self) -> Iterator[str]:
        """Yield what a listener that starts to redirect comes too early for."""
        for address, actions in self._actions():
            if _kind(address) != "aws_lb_listener" or actions != {"update"}:
                continue
            types = [self._changes[address][side]["default_action"][0]["type"] for side in ("before", "after")]
            if types[0] == "redirect" or types[1] != "redirect":
                continue
            redirect = Operation(address, "apply")
            for other, done in self._actions():
                made = "create" in done and _kind(other) in {"aws_lb_listener", "aws_lb_listener_rule"}
                if made and not self._order.before(Operation(other, "apply"), redirect):
                    yield f"{_name(address)} redirects before {_name(other)} exists"
                gone = "delete" in done and _kind(other) == "aws_lb_listener_rule"
                if gone and not self._order.before(redirect, Operation(other, "destroy")):
                    yield f"{_name(other)} is destroyed before {_name(address)} redirects"

    def _names(self) -> Iterator[str]:
        """Yield names of load balancers that clients no longer resolve."""
        for address, actions in self._actions():
            if _kind(address) == "aws_route53_record" and "delete" in actions and self._before[address].get("alias"):
                yield f"{self._before[address]['name']} no longer resolves"

    def _paths(self) -> Iterator[str]:
        """Yield task definitions with another path: during the rollout some tasks serve the one, some the other."""
        for address, change in self._both("aws_ecs_task_definition"):
            if _path_prefix(change["before"]) != _path_prefix(change["after"]):
                yield f"{_name(address)} serves another path"

    def _ports(self) -> Iterator[str]:
        """Yield ECS services that others call: callers connect to the former port of new tasks, or the reverse."""
        for address, change in self._both("aws_ecs_service"):
            before, after = (_registered_port(change[side]) for side in ("before", "after"))
            called = any(
                _kind(rule) == "aws_vpc_security_group_ingress_rule"
                and values["security_group_id"] in _security_groups(change["before"])
                and self._is_service_group(values["referenced_security_group_id"])
                for rule, values in self._before.items()
            )
            if called and None not in (before, after) and before != after:
                yield f"{_name(address)} listens on another port than its callers use"

    def _empty_target_groups(self) -> Iterator[str]:
        """Yield rules and listeners in use that forward to a group of this plan, before the tasks that it is for."""
        for kind, key in (("aws_lb_listener_rule", "action"), ("aws_lb_listener", "default_action")):
            for address, change in self._both(kind):
                (before,), (after,) = change["before"][key], change["after"][key]
                known = after.get("target_group_arn") or after.get("forward")
                if before["type"] == after["type"] == "forward" and not known:
                    yield f"{_name(address)} forwards to a new target group before its tasks run"

    def _default_routes(self) -> Iterator[str]:
        """Yield default routes to a NAT gateway that go before the services whose tasks may use them have left."""
        for address, change in self._changes.items():
            before, after = change["before"], change["after"]
            if _kind(address) == "aws_route" and before and before.get("nat_gateway_id") and not after:
                subnets = self._subnets_of(before["route_table_id"])
                destroyed = Operation(address, "destroy")
                if not all(self._leaves_before(service, subnets, destroyed) for service in self._services_in(subnets)):
                    yield f"tasks behind {_name(address)} no longer reach the internet"

    def _subnets_of(self, route_table: str) -> set[str]:
        return {
            values["subnet_id"]
            for address, values in self._before.items()
            if _kind(address) == "aws_route_table_association" and values["route_table_id"] == route_table
        }

    def _services_in(self, subnets: set[str]) -> list[str]:
        return [
            address
            for address, values in self._before.items()
            if _kind(address) == "aws_ecs_service" and subnets & _subnets(values)
        ]

    def _leaves_before(self, service: str, subnets: set[str], destroyed: Operation) -> bool:
        if self._is("delete", service):
            return self._order.before(Operation(service, "destroy"), destroyed)
        stays = subnets & _subnets(self._changes[service]["after"])
        return not stays and self._order.before(Operation(service, "apply"), destroyed)

    def _is_service_group(self, group: str | None) -> bool:
        services = [values for address, values in self._before.items() if _kind(address) == "aws_ecs_service"]
        return any(group in _security_groups(service) for service in services)

    def _both(self, kind: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield the changed resources of a type that exist before and after the plan."""
        for address, change in self._changes.items():
            if _kind(address) == kind and change["before"] and change["after"] and change["actions"] != ["no-op"]:
                yield address, change

    def _users(self, address: str) -> Iterator[str]:
        """Yield the resources that use this one before the change."""
        values = self._before[address]
        ids = {values.get(key) for key in ("id", "arn")} & set(_strings(values))
        ids = {each for each in ids if isinstance(each, str) and _ID.match(each)}
        groups = {values.get("security_group_id"), values.get("referenced_security_group_id")} - {None}
        for other, attributes in self._before.items():
            if other == address:
                continue
            if _kind(address) in _SECURITY_GROUP_RULES:
                if _kind(other) == "aws_ecs_service" and groups & _security_groups(attributes):
                    yield from self._users_of_port(values["from_port"], other)
            elif ids & set(_strings(attributes)):
                yield other

    def _users_of_port(self, port: int | None, service: str) -> Iterator[str]:
        """Yield the service, or instead of it the target groups that only their health checks connect to this port."""
        registered = self._before[service]["load_balancer"]
        checking = [
            other
            for other, values in self._before.items()
            if _kind(other) == "aws_lb_target_group"
            and values["health_check"][0]["port"] == str(port)
            and any(each["target_group_arn"] == values["arn"] for each in registered)
        ]
        yield from checking if checking and _registered_port(self._before[service]) != port else [service]

    def _has_left(self, user: str, address: str, *, other_users: set[str]) -> bool:
        destroyed = Operation(address, "destroy")
        if self._is("delete", user):
            return self._order.before(Operation(user, "destroy"), destroyed)
        if self._is("update", user):
            return self._order.before(Operation(user, "apply"), destroyed)
        if self._is(
            "create", address
        ):  # the user does not notice: a rule of the same connection or path exists already
            return self._changes[address]["actions"] == ["create", "delete"] and _kind(address).endswith("_rule")
        # One end of a connection may stay as it is, if the other end has stopped using the connection.
        changed = [other for other in other_users if self._is("update", other) or self._is("delete", other)]
        return _kind(address) in _SECURITY_GROUP_RULES and bool(changed)

    def _outlives_its_destroy(self, address: str) -> bool:
        return self._before[address].get("skip_destroy") is True

    def _actions(self) -> Iterator[tuple[str, set[str]]]:
        for address, change in self._changes.items():
            yield address, set(change["actions"])

    def _is(self, action: str, address: str) -> bool:
        return action in self._changes[address]["actions"]


def _kind(address: str) -> str:
    return address.split(".")[0]


def _name(address: str) -> str:
    """Return an address without the prefix of its type and without CDKTF's hash."""
    return re.sub(r"_[0-9A-F]{8}$", "", address.removeprefix("aws_"))


def _slot(values: Mapping[str, Any]) -> tuple[Any, Any]:
    return values.get("listener_arn"), values.get("priority")


def _prefix(rule: Mapping[str, Any]) -> str:
    """Return the shortest path pattern of a rule."""
    paths = [path for each in rule["condition"] for path in each["path_pattern"]]
    return min((str(value) for path in paths for value in path["values"]), key=len, default="*")


def _security_groups(service: Mapping[str, Any]) -> set[str]:
    return {group for each in service["network_configuration"] for group in each["security_groups"]}


def _subnets(service: Mapping[str, Any]) -> set[str]:
    return {subnet for each in service["network_configuration"] for subnet in each["subnets"]}


def _registered_port(service: Mapping[str, Any]) -> int | None:
    """Return the port at which the load balancer reaches the service's tasks; None if it does not forward to them."""
    registered = service["load_balancer"]
    return registered[0].get("container_port") if registered else None


def _path_prefix(definition: Mapping[str, Any]) -> str | None:
    """Return the path that the containers serve, or None if it is known only after the apply."""
    containers = definition.get("container_definitions")
    variables = json.loads(containers)[0]["environment"] if containers else []
    return next((each["value"] for each in variables if each["name"] == "PATH_PREFIX"), None)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)

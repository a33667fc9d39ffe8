"""The harm to running tasks: what they use is destroyed, replaced or closed before they have left it.

A resource uses another if an attribute of it is the other's id or ARN. An ECS service also uses the rules
of its security groups.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from tests.support.apply_order import Operation
from tests.support.plan_harm.changes import PlannedChanges, kind_of, name_of

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


class TaskHarm:
    """The harm of one plan to running tasks."""

    def __init__(self, plan: PlannedChanges) -> None:
        self._plan = plan

    def found(self) -> Iterator[str]:
        """Yield every harm."""
        yield from self._replaced()
        yield from self._taken_away()
        yield from self._closed_in_place()
        yield from self._paths()
        yield from self._ports()
        yield from self._default_routes()

    def _replaced(self) -> Iterator[str]:
        for address, actions in self._plan.actions():
            if kind_of(address) in _NEVER_REPLACED and {"create", "delete"} <= actions:
                yield f"{name_of(address)} is replaced"

    def _taken_away(self) -> Iterator[str]:
        """Yield what is destroyed before its users have changed or gone."""
        for address, actions in self._plan.actions():
            if "delete" not in actions or self._outlives_its_destroy(address):
                continue
            users = list(self._users(address))
            for user in users:
                if not self._has_left(user, address, other_users=set(users) - {user}):
                    yield f"{name_of(address)} is destroyed while {name_of(user)} uses it"

    def _closed_in_place(self) -> Iterator[str]:
        for address, actions in self._plan.actions():
            if kind_of(address) in _SECURITY_GROUP_RULES and actions == {"update"}:
                change = self._plan.changes[address]
                if any(change["before"].get(key) != change["after"].get(key) for key in _CONNECTION):
                    yield f"{name_of(address)} is changed in place"

    def _paths(self) -> Iterator[str]:
        """Yield task definitions with another path: during the rollout some tasks serve the one, some the other."""
        for address, change in self._plan.both("aws_ecs_task_definition"):
            if _path_prefix(change["before"]) != _path_prefix(change["after"]):
                yield f"{name_of(address)} serves another path"

    def _ports(self) -> Iterator[str]:
        """Yield ECS services that others call: callers connect to the former port of new tasks, or the reverse."""
        for address, change in self._plan.both("aws_ecs_service"):
            before, after = (_registered_port(change[side]) for side in ("before", "after"))
            called = any(
                kind_of(rule) == "aws_vpc_security_group_ingress_rule"
                and values["security_group_id"] in _security_groups(change["before"])
                and self._is_service_group(values["referenced_security_group_id"])
                for rule, values in self._plan.before.items()
            )
            if called and None not in (before, after) and before != after:
                yield f"{name_of(address)} listens on another port than its callers use"

    def _default_routes(self) -> Iterator[str]:
        """Yield default routes to a NAT gateway that go before the services whose tasks may use them have left."""
        for address, change in self._plan.changes.items():
            before, after = change["before"], change["after"]
            if kind_of(address) == "aws_route" and before and before.get("nat_gateway_id") and not after:
                subnets = self._subnets_of(before["route_table_id"])
                destroyed = Operation(address, "destroy")
                if not all(self._leaves_before(service, subnets, destroyed) for service in self._services_in(subnets)):
                    yield f"tasks behind {name_of(address)} no longer reach the internet"

    def _subnets_of(self, route_table: str) -> set[str]:
        return {
            values["subnet_id"]
            for address, values in self._plan.before.items()
            if kind_of(address) == "aws_route_table_association" and values["route_table_id"] == route_table
        }

    def _services_in(self, subnets: set[str]) -> list[str]:
        return [
            address
            for address, values in self._plan.before.items()
            if kind_of(address) == "aws_ecs_service" and subnets & _subnets(values)
        ]

    def _leaves_before(self, service: str, subnets: set[str], destroyed: Operation) -> bool:
        if self._plan.plans("delete", service):
            return self._plan.order.before(Operation(service, "destroy"), destroyed)
        stays = subnets & _subnets(self._plan.changes[service]["after"])
        return not stays and self._plan.order.before(Operation(service, "apply"), destroyed)

    def _is_service_group(self, group: str | None) -> bool:
        services = [values for address, values in self._plan.before.items() if kind_of(address) == "aws_ecs_service"]
        return any(group in _security_groups(service) for service in services)

    def _users(self, address: str) -> Iterator[str]:
        """Yield the resources that use this one before the change."""
        values = self._plan.before[address]
        ids = {values.get(key) for key in ("id", "arn")} & set(_strings(values))
        ids = {each for each in ids if isinstance(each, str) and _ID.match(each)}
        groups = {values.get("security_group_id"), values.get("referenced_security_group_id")} - {None}
        for other, attributes in self._plan.before.items():
            if other == address:
                continue
            if kind_of(address) in _SECURITY_GROUP_RULES:
                if kind_of(other) == "aws_ecs_service" and groups & _security_groups(attributes):
                    yield from self._users_of_port(values["from_port"], other)
            elif ids & set(_strings(attributes)):
                yield other

    def _users_of_port(self, port: int | None, service: str) -> Iterator[str]:
        """Yield the service, or instead of it the target groups that only their health checks connect to this port."""
        registered = self._plan.before[service]["load_balancer"]
        checking = [
            other
            for other, values in self._plan.before.items()
            if kind_of(other) == "aws_lb_target_group"
            and values["health_check"][0]["port"] == str(port)
            and any(each["target_group_arn"] == values["arn"] for each in registered)
        ]
        yield from checking if checking and _registered_port(self._plan.before[service]) != port else [service]

    def _has_left(self, user: str, address: str, *, other_users: set[str]) -> bool:
        destroyed = Operation(address, "destroy")
        if self._plan.plans("delete", user):
            return self._plan.order.before(Operation(user, "destroy"), destroyed)
        if self._plan.plans("update", user):
            return self._plan.order.before(Operation(user, "apply"), destroyed)
        if self._plan.plans("create", address):
            # The user does not notice: a rule of the same connection or path exists already.
            return self._plan.changes[address]["actions"] == ["create", "delete"] and kind_of(address).endswith("_rule")
        # One end of a connection may stay as it is, if the other end has stopped using the connection.
        changed = [
            other for other in other_users if self._plan.plans("update", other) or self._plan.plans("delete", other)
        ]
        return kind_of(address) in _SECURITY_GROUP_RULES and bool(changed)

    def _outlives_its_destroy(self, address: str) -> bool:
        return self._plan.before[address].get("skip_destroy") is True


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

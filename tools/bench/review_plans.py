"""Large plans for the benchmark of the review, in the shape of `terraform show -json` and `terraform graph -plan`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_RESOURCES_OF_A_SERVICE = 10
_RULES_OF_A_LISTENER = 100

Values = dict[str, Any]
Resource = tuple[str, Values, Values]
"""An address, the values before and the values after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LargePlan:
    """The text of a plan, and its graph."""

    text: str
    graph: str


def services_plan(services: int, changed: int) -> LargePlan:
    """Return a plan of services with ten resources each, of which the first `changed` are updated."""
    found = [each for number in range(services) for each in _service(number)]
    return _plan(
        (address, before, after if place < changed else before) for place, (address, before, after) in enumerate(found)
    )


def rules_plan(rules: int, patterns: int) -> LargePlan:
    """Return a plan of one listener in which each pattern of each rule changes."""

    def rule(number: int, end: str) -> Values:
        return _rule("listener", number + 1, [f"/a{number}/*/b{each}*/c/*{end}" for each in range(patterns)], number)

    return _plan((f"aws_lb_listener_rule.r{number}", rule(number, ""), rule(number, "x")) for number in range(rules))


def _service(number: int) -> Iterator[Resource]:
    name = f"service{number}"
    for address, values, change in _declared(name, number):
        yield address, values, {**values, **change}


def _declared(name: str, number: int) -> Iterator[tuple[str, Values, Values]]:
    """Yield the address and the values of each resource of a service, and the values that change."""
    own, group = f"{name}_service", f"arn:group:{number}"
    listener, place = divmod(number, _RULES_OF_A_LISTENER)
    yield (
        f"aws_ecs_service.{own}_this_0A1B2C3D",
        {
            "id": f"arn:service:{number}",
            "name": name,
            "desired_count": 2,
            "load_balancer": [{"container_name": name, "container_port": 8080, "target_group_arn": group}],
        },
        {"desired_count": 3},
    )
    container = {"name": name, "image": f"registry/image:{number}", "portMappings": [{"containerPort": 8080}]}
    yield (
        f"aws_ecs_task_definition.{own}_task_definition_0A1B2C3D",
        {"family": name, "cpu": "256", "memory": "512", "container_definitions": json.dumps([container])},
        {"cpu": "512", "memory": "1024"},
    )
    yield (
        f"aws_lb_target_group.{own}_target_group_this_0A1B2C3D",
        {"id": group, "arn": group, "name": name, "port": 8080},
        {"deregistration_delay": "20"},
    )
    yield (
        f"aws_lb_listener_rule.listener_rules_{name}_this_0A1B2C3D",
        _rule(f"listener{listener}", place + 1, [f"/{name}", f"/{name}/*"], number),
        {"tags": {"team": "orders"}},
    )
    tasks = f"sg-{number}"
    yield f"aws_security_group.{name}_tasks_this_0A1B2C3D", {"id": tasks, "name": name}, {"tags": {"team": "orders"}}
    ports = {"ip_protocol": "tcp", "from_port": 8080, "to_port": 8080, "cidr_ipv4": "10.0.0.0/8"}
    yield (
        f"aws_vpc_security_group_ingress_rule.{name}_tasks_ingress_0A1B2C3D",
        {"security_group_id": tasks, **ports},
        {"description": "Requests"},
    )
    yield f"aws_iam_role.{own}_roles_task_0A1B2C3D", {"name": name, "id": name}, {"description": "The task's role"}
    yield (
        f"aws_iam_role_policy.{own}_roles_task_policy_0A1B2C3D",
        {"role": name, "policy": _policy("s3:GetObject", number)},
        {"policy": _policy("s3:PutObject", number)},
    )
    yield f"aws_cloudwatch_log_group.{own}_logs_0A1B2C3D", {"name": f"/{name}"}, {"retention_in_days": 30}
    yield (
        f"aws_service_discovery_service.namespace_{name}_service_0A1B2C3D",
        {"id": f"srv-{number}", "name": name},
        {"description": "Calls"},
    )


def _rule(listener: str, priority: int, patterns: list[str], number: int) -> Values:
    return {
        "listener_arn": f"arn:{listener}",
        "priority": priority,
        "condition": [{"path_pattern": [{"values": patterns}]}],
        "action": [{"type": "forward", "target_group_arn": f"arn:group:{number}"}],
    }


def _policy(action: str, number: int) -> str:
    return json.dumps({"Statement": [{"Effect": "Allow", "Action": action, "Resource": f"arn:aws:s3:::b{number}/*"}]})


def _plan(resources: Iterable[Resource]) -> LargePlan:
    found = list(resources)
    document = {
        "format_version": "1.2",
        "planned_values": {},
        "resource_changes": [_change(*each) for each in found],
        "configuration": {"root_module": {"resources": [_declaration(address, after) for address, _, after in found]}},
    }
    return LargePlan(text=json.dumps(document), graph="\n".join(_graph([address for address, _, _ in found])))


def _change(address: str, before: Values, after: Values) -> Mapping[str, Any]:
    kind, _, name = address.partition(".")
    actions = ["no-op"] if before == after else ["update"]
    change = {"actions": actions, "before": before, "after": after, "after_unknown": {}}
    return {"address": address, "mode": "managed", "type": kind, "name": name, "change": change}


def _declaration(address: str, values: Values) -> Mapping[str, Any]:
    kind, _, name = address.partition(".")
    expressions = {key: {"constant_value": value} for key, value in values.items() if key not in ("id", "arn")}
    return {"address": address, "mode": "managed", "type": kind, "name": name, "expressions": expressions}


def _graph(addresses: list[str]) -> Iterator[str]:
    """Yield the lines of a graph in which each resource of a service depends on the one before."""
    yield from ("digraph {", "\tcompound = true")
    for place, address in enumerate(addresses):
        yield f'\t"[root] {address}" -> "[root] {address} (expand)"'
        if place % _RESOURCES_OF_A_SERVICE:
            yield f'\t"[root] {address} (expand)" -> "[root] {addresses[place - 1]}"'
    yield "}"

"""Claims about calls to a service that goes, by its security groups and by Service Connect."""

from __future__ import annotations

import json
from typing import Any

import pytest

from colonnade.review.interruptions.interruption import Interruption
from colonnade.review.interruptions.judgement import interruptions
from colonnade.review.plan.document import read_plan
from colonnade.review.plan.resource_index import ResourceIndex
from tests.support.plan_documents import change, text

_Entry = dict[str, Any]
USERS, ORDERS = "aws_ecs_service.users", "aws_ecs_service.orders"


def _found(*entries: _Entry, order: str = "") -> list[Interruption]:
    plan = read_plan(text(*entries))
    graph = " -> ".join(f'"[root] {each.strip()}"' for each in order.split("->")) if order else "digraph {}"
    return list(interruptions(plan, ResourceIndex(plan.changes, plan.configuration), graph).found)


def _rule(group: str, peer: str) -> dict[str, Any]:
    ports = {"from_port": 8080, "to_port": 8080, "ip_protocol": "tcp"}
    return {"security_group_id": group, "referenced_security_group_id": peer, **ports}


def _service(name: str, **values: Any) -> dict[str, Any]:
    network = [{"security_groups": [f"sg-{name}"]}]
    definition = f"arn:{name}:1"
    return {
        "name": name,
        "desired_count": 2,
        "wait_for_steady_state": True,
        "task_definition": definition,
        "network_configuration": network,
        **values,
    }


DEFINITION = {"arn": "arn:orders:1", "container_definitions": json.dumps([{"portMappings": [{"containerPort": 8080}]}])}
KEPT: dict[str, dict[str, Any]] = {
    "aws_ecs_task_definition.orders": DEFINITION,
    "aws_security_group.users": {"id": "sg-users"},
    "aws_security_group.orders": {"id": "sg-orders"},
    "aws_vpc_security_group_egress_rule.users": _rule("sg-users", "sg-orders"),
    "aws_vpc_security_group_ingress_rule.orders": _rule("sg-orders", "sg-users"),
}
RULES = [change(address, values, values) for address, values in KEPT.items()]


@pytest.mark.parametrize(
    ("actions", "order", "level"),
    [
        (["delete", "create"], f"{ORDERS} -> {ORDERS} (destroy)", "interrupts"),
        (["create", "delete"], f"{ORDERS} (destroy) -> {ORDERS}", None),
    ],
)
def test_a_called_service_that_is_replaced_leaves_its_callers_without_answers(
    actions: list[str], order: str, level: str | None
) -> None:
    caller = change(USERS, *[_service("users")] * 2)
    callee = change(ORDERS, _service("orders"), _service("orders", cluster="other"), actions=actions)
    found = _found(caller, callee, *RULES, order=order)
    assert [each.level.value for each in found] == ([level] if level else [])
    if level:
        assert found[0].text == "calls from users to orders fail: orders has no tasks"
        assert found[0].trace[:2] == (
            "Service orders is deleted.",
            "Until the new tasks of orders are healthy, calls from users to orders fail: orders has no tasks.",
        )


def test_a_called_service_without_tasks_is_missed_by_no_one() -> None:
    stopped = _service("orders", desired_count=0)
    callee = change(ORDERS, stopped, stopped, actions=["delete", "create"])
    assert _found(change(USERS, *[_service("users")] * 2), callee, *RULES) == []


@pytest.mark.parametrize(
    ("first", "level"), [(f"{ORDERS} (destroy)", "interrupts"), (USERS, None), ("", "may interrupt")]
)
def test_a_called_service_goes_after_the_tasks_that_call_it(first: str, level: str | None) -> None:
    caller = change(USERS, _service("users"), _service("users", task_definition="arn:users:2"))
    later = USERS if first.startswith(ORDERS) else f"{ORDERS} (destroy)"
    removed = change("aws_vpc_security_group_egress_rule.users", KEPT["aws_vpc_security_group_egress_rule.users"], None)
    rules = [removed if each["address"] == removed["address"] else each for each in RULES]
    order = f"{later} -> {first}" if first else ""
    found = _found(caller, change(ORDERS, _service("orders"), None), *rules, order=order)
    missed = [each for each in found if "has no tasks" in each.effect]
    assert [each.level.value for each in missed] == ([level] if level else [])
    assert {each.steps[0] for each in missed} <= {"Keep service orders, and make the other changes. Apply."}


def test_calls_of_tasks_that_stay_are_taken_away_with_the_service() -> None:
    found = _found(change(USERS, *[_service("users")] * 2), change(ORDERS, _service("orders"), None), *RULES)
    assert {each.level.value for each in found} == {"wanted"}


def _connected(name: str = "orders", port: int = 8080, **values: Any) -> dict[str, Any]:
    offered = [{"port_name": "http", "client_alias": [{"dns_name": name, "port": port}]}]
    return {"name": "orders", "service_connect_configuration": [{"enabled": True, "service": offered, **values}]}


CALLER = {"name": "users", "service_connect_configuration": [{"enabled": True}]}


@pytest.mark.parametrize(
    ("after", "is_lost"),
    [
        (_connected(), False),
        (_connected(log_configuration=[{"log_driver": "awslogs"}]), False),
        (_connected(name="shop"), True),
        (_connected(port=9090), True),
        (_connected(enabled=False), True),
        (None, True),
    ],
)
def test_a_name_of_service_connect_that_goes_is_not_judged(after: dict[str, Any] | None, is_lost: bool) -> None:
    callee = change(ORDERS, _connected(), after)
    found = _found(callee, change(USERS, CALLER, CALLER))
    assert [(each.level.value, each.rule) for each in found] == (
        [("cannot judge", "called-name-lost")] if is_lost else []
    )
    elsewhere = {"name": "users", "service_connect_configuration": [{"enabled": True, "namespace": "other"}]}
    for other in (elsewhere, {"name": "users"}):
        assert _found(callee, change(USERS, other, other)) == []

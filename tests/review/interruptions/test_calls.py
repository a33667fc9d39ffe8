"""Claims about the calls of tasks: to a service that goes or gets another port, by Service Connect, to a database."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.plan_documents import change, interrupted

_Entry = dict[str, Any]
USERS, ORDERS = "aws_ecs_service.users", "aws_ecs_service.orders"
INGRESS = "aws_vpc_security_group_ingress_rule"


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
    found = interrupted(caller, callee, *RULES, order=order)
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
    assert interrupted(change(USERS, *[_service("users")] * 2), callee, *RULES) == ()


@pytest.mark.parametrize(
    ("first", "level"), [(f"{ORDERS} (destroy)", "interrupts"), (USERS, None), ("", "may interrupt")]
)
def test_a_called_service_goes_after_the_tasks_that_call_it(first: str, level: str | None) -> None:
    caller = change(USERS, _service("users"), _service("users", task_definition="arn:users:2"))
    later = USERS if first.startswith(ORDERS) else f"{ORDERS} (destroy)"
    removed = change("aws_vpc_security_group_egress_rule.users", KEPT["aws_vpc_security_group_egress_rule.users"], None)
    rules = [removed if each["address"] == removed["address"] else each for each in RULES]
    order = f"{later} -> {first}" if first else ""
    found = interrupted(caller, change(ORDERS, _service("orders"), None), *rules, order=order)
    missed = [each for each in found if "has no tasks" in each.effect]
    assert [each.level.value for each in missed] == ([level] if level else [])
    assert {each.steps[0] for each in missed} <= {"Keep service orders, and make the other changes. Apply."}


def test_calls_of_tasks_that_stay_are_taken_away_with_the_service() -> None:
    found = interrupted(change(USERS, *[_service("users")] * 2), change(ORDERS, _service("orders"), None), *RULES)
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
    found = interrupted(callee, change(USERS, CALLER, CALLER))
    assert [(each.level.value, each.rule) for each in found] == (
        [("cannot judge", "called-name-lost")] if is_lost else []
    )
    elsewhere = {"name": "users", "service_connect_configuration": [{"enabled": True, "namespace": "other"}]}
    for other in (elsewhere, {"name": "users"}):
        assert interrupted(callee, change(USERS, other, other)) == ()


def _called(port: int) -> str:
    return json.dumps([{"name": "app", "portMappings": [{"containerPort": port}]}])


@pytest.mark.parametrize(("port", "found"), [(9090, {"called-port-changed": "interrupts"}), (8080, {})])
def test_a_called_service_that_moves_to_a_port_that_no_rule_opens_interrupts_its_callers(
    port: int, found: dict[str, str]
) -> None:
    caller = {"name": "users", "network_configuration": [{"security_groups": ["sg-users"]}]}
    called = {
        "name": "orders",
        "network_configuration": [{"security_groups": ["sg-tasks"]}],
        "task_definition": "arn:orders:1",
    }
    kept: dict[str, dict[str, Any]] = {
        USERS: caller,
        "aws_security_group.users": {"id": "sg-users"},
        "aws_security_group.tasks": {"id": "sg-tasks"},
        "aws_vpc_security_group_egress_rule.users": _rule("sg-users", "sg-tasks"),
        "aws_vpc_security_group_ingress_rule.tasks": _rule("sg-tasks", "sg-users"),
    }
    definitions = (
        {"arn": arn, "container_definitions": _called(each)}
        for arn, each in (("arn:orders:1", 8080), ("arn:orders:2", port))
    )
    judged = interrupted(
        *(change(address, values, values) for address, values in kept.items()),
        change(ORDERS, called, {**called, "task_definition": "arn:orders:2"}),
        change("aws_ecs_task_definition.orders", *definitions, actions=["delete", "create"]),
    )
    assert {each.rule: each.level.value for each in judged} == found


DATABASE = {**_rule("sg-database", "sg-tasks"), "from_port": 5432, "to_port": 5432}
CLASSIC = {
    "type": "ingress",
    "security_group_id": "sg-database",
    "source_security_group_id": "sg-tasks",
    "from_port": 5432,
    "to_port": 5432,
    "protocol": "tcp",
}


@pytest.mark.parametrize(
    ("rules", "order", "level"),
    [
        ([change(f"{INGRESS}.database", DATABASE, DATABASE)], "", None),
        ([change(f"{INGRESS}.database", DATABASE, None)], "", "wanted"),
        (
            [change(f"{INGRESS}.database", DATABASE, DATABASE, actions=["delete", "create"])],
            f"{INGRESS}.database -> {INGRESS}.database (destroy)",
            "interrupts",
        ),
        (
            [
                change(f"{INGRESS}.database", DATABASE, None),
                change("aws_security_group_rule.database", None, CLASSIC),
            ],
            "",
            "may interrupt",
        ),
        (
            [
                change(f"{INGRESS}.database", DATABASE, None),
                change("aws_security_group_rule.database", None, CLASSIC),
            ],
            f"{INGRESS}.database (destroy) -> aws_security_group_rule.database",
            None,
        ),
    ],
)
def test_tasks_reach_their_database_during_the_apply(
    rules: list[dict[str, Any]], order: str, level: str | None
) -> None:
    kept: dict[str, dict[str, Any]] = {
        ORDERS: {"name": "orders", "network_configuration": [{"security_groups": ["sg-tasks"]}]},
        "aws_security_group.tasks": {"id": "sg-tasks"},
        "aws_security_group.database": {"id": "sg-database"},
        "aws_vpc_security_group_egress_rule.all": {
            "security_group_id": "sg-tasks",
            "cidr_ipv4": "0.0.0.0/0",
            "ip_protocol": "-1",
        },
    }
    judged = interrupted(*(change(address, each, each) for address, each in kept.items()), *rules, order=order)
    assert {each.rule: each.level.value for each in judged} == ({} if level is None else {"call-interrupted": level})


def test_the_group_of_a_service_that_is_removed_is_no_database() -> None:
    network = [{"security_groups": ["sg-database"]}]
    removed = change(USERS, {"name": "users", "network_configuration": network}, None)
    service = {"name": "orders", "network_configuration": [{"security_groups": ["sg-tasks"]}]}
    everywhere = {"security_group_id": "sg-tasks", "cidr_ipv4": "0.0.0.0/0", "ip_protocol": "-1"}
    kept: dict[str, dict[str, Any]] = {ORDERS: service, "aws_vpc_security_group_egress_rule.all": everywhere}
    entries = [change(address, each, each) for address, each in kept.items()]
    groups = [change("aws_security_group.tasks", {"id": "sg-tasks"}, {"id": "sg-tasks"})]
    groups.append(change("aws_security_group.users", {"id": "sg-database"}, None))
    judged = interrupted(*entries, *groups, removed, change(f"{INGRESS}.users", DATABASE, None))
    assert "call-interrupted" not in {each.rule for each in judged}

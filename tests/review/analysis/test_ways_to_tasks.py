"""Claims about edits that take away a way to running tasks: rules of security groups, DNS names, ports of services."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.plan_cases import interruption_findings
from tests.support.plan_documents import change

_Entry = dict[str, Any]


@pytest.mark.parametrize(
    ("after", "actions", "interrupts"),
    [
        ({"from_port": 9090, "to_port": 9090}, ["update"], True),
        ({"from_port": 9090, "to_port": 9090}, ["delete", "create"], True),
        ({"from_port": 9090, "to_port": 9090}, ["create", "delete"], False),
        ({"from_port": 8080, "to_port": 9090}, ["update"], False),
        ({"from_port": 8080, "to_port": 8080, "description": "x"}, ["update"], False),
    ],
)
def test_security_group_rule_that_leaves_a_port_in_place_interrupts_it(
    after: _Entry, actions: list[str], interrupts: bool
) -> None:
    before = {"ip_protocol": "tcp", "from_port": 8080, "to_port": 8080}
    entry = change("aws_vpc_security_group_ingress_rule.x", before, {"ip_protocol": "tcp", **after}, actions=actions)
    assert bool(interruption_findings(entry)) is interrupts


@pytest.mark.parametrize(
    ("after", "interrupts"),
    [({"referenced_security_group_id": "sg-2"}, True), ({}, True), ({"description": "x"}, False)],
)
def test_security_group_rule_that_allows_another_group_in_place_interrupts_the_former(
    after: _Entry, interrupts: bool
) -> None:
    """A load balancer that gives way to another one still gets the requests of clients that resolved its name."""
    before = {"ip_protocol": "tcp", "from_port": 8080, "to_port": 8080, "referenced_security_group_id": "sg-1"}
    same = {"referenced_security_group_id": "sg-1"} if "description" in after else {}
    known = {key: value for key, value in before.items() if key != "referenced_security_group_id"}
    entry = change("aws_vpc_security_group_ingress_rule.x", before, {**known, **same, **after}, actions=["update"])
    assert bool(interruption_findings(entry)) is interrupts


@pytest.mark.parametrize(
    ("name", "actions", "interrupts"),
    [
        ("shop.example.com", ["delete"], True),
        ("shop.example.com", ["create", "delete"], True),
        ("_x1.shop.example.com", ["delete"], False),
        ("shop.example.com", ["update"], False),
    ],
)
def test_name_that_goes_interrupts_its_clients(name: str, actions: list[str], interrupts: bool) -> None:
    after = None if actions == ["delete"] else {"name": "new.example.com"}
    entry = change("aws_route53_record.x", {"name": name}, after, actions=actions)
    assert bool(interruption_findings(entry)) is interrupts


def _moved_port(name: str) -> _Entry:
    sides = ({"desired_count": 2, "load_balancer": [{"container_port": port}]} for port in (8080, 9090))
    return change(f"aws_ecs_service.{name}_service_this_0A1B2C3D", *sides)


def _called(before: str, after: str) -> list[_Entry]:
    """Return service `orders` with a URL on each side."""
    revisions = (
        {"container_definitions": json.dumps([{"name": "one", "environment": [{"name": "SERVICE_URL", "value": url}]}])}
        for url in (before, after)
    )
    sides = {"desired_count": 2}
    return [
        change("aws_ecs_service.orders_service_this_0A1B2C3D", sides, sides),
        change("aws_ecs_task_definition.orders_service_task_definition_0A1B2C3D", *revisions),
    ]


def test_another_port_of_a_called_service_interrupts_the_calls() -> None:
    called = _called("http://users.shop:8080/users", "http://users.shop:9090/users")
    (finding,) = interruption_findings(_moved_port("users"), *called).values()
    assert finding.address == "aws_ecs_service.users_service_this_0A1B2C3D"
    assert "calls from orders to users" in finding.reason
    assert len(finding.steps) == 5


def test_another_port_of_an_internal_service_interrupts_the_calls_and_the_steps_keep_a_caller() -> None:
    running = {"desired_count": 2}
    revisions = (
        {"container_definitions": json.dumps([{"name": "users", "portMappings": [{"containerPort": port}]}])}
        for port in (8080, 9090)
    )
    internal = [
        change("aws_ecs_service.users_service_this_0A1B2C3D", running, running, actions=["update"]),
        change("aws_ecs_task_definition.users_service_task_definition_0A1B2C3D", *revisions),
    ]
    called = _called("http://users.shop:8080", "http://users.shop:9090")
    (finding,) = interruption_findings(*internal, *called).values()
    assert "calls from orders to users: its new tasks listen on 9090" in finding.reason
    assert "Declare 'users-2' with container_port=9090" in finding.steps[0]
    assert "name it after 'users' in the calls of other services" in finding.steps[0]


@pytest.mark.parametrize(
    "urls",
    [
        ("http://users.shop:8080/users", "http://users-2.shop:9090/users"),
        ("http://users-2.shop:8080/users", "http://users-2.shop:9090/users"),
        ("http://users.shop:80801/users", "http://users.shop:90901/users"),
        ("http://users.shop:8080/users", "http://users.shop:8080/users"),
    ],
)
def test_another_port_of_a_service_that_is_not_called_there_interrupts_nothing(urls: tuple[str, str]) -> None:
    assert interruption_findings(_moved_port("users"), *_called(*urls)) == {}

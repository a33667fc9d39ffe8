"""Claims about the ways of tasks out of their subnets: default routes of both families of addresses, VPC endpoints."""

from __future__ import annotations

import json
from typing import Any

import pytest

from colonnade.review.interruptions.interruption import Interruption
from tests.support.plan_documents import change, interrupted

_Entry = dict[str, Any]
SERVICE = {"name": "orders", "task_definition": "arn:orders:1", "network_configuration": [{"subnets": ["subnet-1"]}]}
NETWORK: dict[str, dict[str, Any]] = {
    "aws_ecs_service.orders": SERVICE,
    "aws_vpc.this": {"id": "vpc-1"},
    "aws_subnet.private": {"id": "subnet-1", "vpc_id": "vpc-1"},
    "aws_route_table.private": {"id": "rtb-1"},
    "aws_route_table_association.private": {"subnet_id": "subnet-1", "route_table_id": "rtb-1"},
}
IPV4 = {"route_table_id": "rtb-1", "destination_cidr_block": "0.0.0.0/0", "nat_gateway_id": "nat-1"}
IPV6 = {"route_table_id": "rtb-1", "destination_ipv6_cidr_block": "::/0", "egress_only_gateway_id": "eigw-1"}


def _found(*entries: _Entry, order: str = "", **changed: dict[str, Any]) -> tuple[Interruption, ...]:
    """Return what an apply interrupts; `changed` has other values of `NETWORK`, by the type without `aws_`."""
    kept = [
        change(address, *[values | changed.get(address.partition(".")[0].removeprefix("aws_"), {})] * 2)
        for address, values in NETWORK.items()
        if address not in {each["address"] for each in entries}
    ]
    return interrupted(*kept, *entries, order=order)


def _route(name: str, before: dict[str, Any] | None, after: dict[str, Any] | None) -> _Entry:
    return change(f"aws_route.{name}", before, after)


def test_a_default_route_for_ipv6_does_not_replace_the_one_for_ipv4() -> None:
    (found,) = _found(_route("ipv4", IPV4, None), _route("ipv6", IPV6, IPV6))
    assert (found.level.value, found.rule) == ("interrupts", "tasks-without-route")
    assert found.text == "tasks of orders reach nothing outside of the VPC by IPv4: no image, no log, no other API"
    assert _found(_route("ipv4", IPV4, IPV4), _route("ipv6", IPV6, None)) == ()


@pytest.mark.parametrize("subnet", [{"ipv6_native": True}, {}])
def test_tasks_with_ipv6_alone_need_its_default_route(subnet: dict[str, Any]) -> None:
    ipv4 = [_route("ipv4", IPV4, IPV4)] if subnet else []
    (found,) = _found(*ipv4, _route("ipv6", IPV6, None), subnet=subnet)
    assert (found.level.value, found.rule) == ("interrupts", "tasks-without-route")
    assert _found(*ipv4, _route("ipv6", IPV6, IPV6), subnet=subnet) == ()


ECR, LOGS = "999988887777.dkr.ecr.eu-west-1.amazonaws.com/orders:1", {"logDriver": "awslogs", "options": {}}
SECRET = {"name": "PASSWORD", "valueFrom": "arn:aws:secretsmanager:eu-west-1:999988887777:secret:orders"}


def _definition(**container: Any) -> _Entry:
    values = {"arn": "arn:orders:1", "container_definitions": json.dumps([{"name": "app", **container}])}
    return change("aws_ecs_task_definition.orders", values, values)


def _endpoint(name: str, *, before: bool, after: bool, actions: list[str] | None = None, **values: Any) -> _Entry:
    own = {
        "id": f"vpce-{name}",
        "service_name": f"com.amazonaws.eu-west-1.{name}",
        "vpc_id": "vpc-1",
        "vpc_endpoint_type": "Interface",
        "private_dns_enabled": True,
        **values,
    }
    address = f"aws_vpc_endpoint.{name.replace('.', '_')}"
    return change(address, own if before else None, own if after else None, actions=actions)


@pytest.mark.parametrize(
    ("container", "name", "needed"),
    [
        ({"image": ECR}, "ecr.api", True),
        ({"image": ECR}, "ecr.dkr", True),
        ({"image": ECR}, "s3", True),
        ({"image": ECR}, "logs", False),
        ({"logConfiguration": LOGS}, "logs", True),
        ({"secrets": [SECRET]}, "secretsmanager", True),
        ({"secrets": [{"name": "A", "valueFrom": "/orders/a"}]}, "ssm", True),
        ({"image": "public.example.com/orders"}, "ecr.api", False),
    ],
)
def test_tasks_without_another_way_out_need_the_endpoints_of_what_they_start_with(
    container: dict[str, Any], name: str, needed: bool
) -> None:
    found = _found(_definition(**container), _endpoint(name, before=True, after=False))
    expected = [("may interrupt", "tasks-without-endpoint")] if needed else []
    assert [(each.level.value, each.rule) for each in found] == expected
    nat = _route("ipv4", IPV4, IPV4)
    assert _found(_definition(**container), _endpoint(name, before=True, after=False), nat) == ()


def test_an_endpoint_that_is_replaced_is_missing_for_a_time() -> None:
    address = "aws_vpc_endpoint.logs"
    for actions, order, count in (
        (["delete", "create"], f"{address} -> {address} (destroy)", 1),
        (["create", "delete"], f"{address} (destroy) -> {address}", 0),
    ):
        replaced = _endpoint("logs", before=True, after=True, actions=actions)
        assert len(_found(_definition(logConfiguration=LOGS), replaced, order=order)) == count


def test_an_endpoint_without_private_dns_names_is_none() -> None:
    sides = [_endpoint("logs", before=True, after=True, private_dns_enabled=each)["change"] for each in (True, False)]
    switched = change("aws_vpc_endpoint.logs", sides[0]["before"], sides[1]["before"])
    (found,) = _found(_definition(logConfiguration=LOGS), switched)
    assert (found.level.value, found.rule) == ("may interrupt", "tasks-without-endpoint")


@pytest.mark.parametrize("is_separate", [True, False])
def test_a_gateway_endpoint_serves_the_subnets_of_its_route_tables(is_separate: bool) -> None:
    gateway: dict[str, Any] = {"vpc_endpoint_type": "Gateway", "private_dns_enabled": False}
    tables = _endpoint("s3", before=True, after=True, **gateway, route_table_ids=["rtb-1"])
    if is_separate:
        values = {"vpc_endpoint_id": "vpce-s3", "route_table_id": "rtb-1"}
        kept = _endpoint("s3", before=True, after=True, **gateway)
        removed = [kept, change("aws_vpc_endpoint_route_table_association.private", values, None)]
    else:
        after = {**tables["change"]["after"], "route_table_ids": ["rtb-2"]}
        removed = [change("aws_vpc_endpoint.s3", tables["change"]["before"], after)]
    (found,) = _found(_definition(image=ECR), *removed)
    assert found.text.endswith("cannot start: neither a VPC endpoint nor a default route leads to s3")
    assert _found(_definition(image=ECR), tables) == ()


def test_a_route_that_the_plan_does_not_show_may_be_another_way_out() -> None:
    association = change("aws_route_table_association.private", None, None)
    (found,) = _found(_definition(logConfiguration=LOGS), _endpoint("logs", before=True, after=False), association)
    assert found.level.value == "cannot judge"


def test_tasks_that_move_to_a_subnet_without_a_route_in_the_plan_are_not_judged() -> None:
    network: dict[str, dict[str, Any]] = {
        "aws_subnet.old": {"id": "subnet-1"},
        "aws_subnet.new": {"id": "subnet-2"},
        "aws_route_table.private": {"id": "rtb-1"},
        "aws_route_table_association.old": {"subnet_id": "subnet-1", "route_table_id": "rtb-1"},
        "aws_route.out": {
            "route_table_id": "rtb-1",
            "destination_cidr_block": "0.0.0.0/0",
            "nat_gateway_id": "nat-1",
        },
    }
    sides = ({"name": "orders", "network_configuration": [{"subnets": [each]}]} for each in ("subnet-1", "subnet-2"))
    judged = interrupted(
        change("aws_ecs_service.orders", *sides), *(change(address, each, each) for address, each in network.items())
    )
    assert {each.rule: each.level.value for each in judged} == {"tasks-without-route": "cannot judge"}

"""Tests of the network: zones, address blocks, and internet access for each NAT setting."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import pytest

from tests.support.project import PROJECT
from tests.support.project import SERVICES as DEPLOYMENT
from tests.support.synth import Stack, synthesize, synthesized

pytestmark = pytest.mark.synth

SANDBOX = PROJECT.environment("sandbox")


def _with_network(**changes: Any) -> Stack:
    environment = replace(SANDBOX, network=replace(SANDBOX.network, **changes))
    return synthesize(environment, DEPLOYMENT)["services"]


def _with_nat(nat: Literal["single", "per_zone", "none"]) -> Stack:
    return _with_network(nat=nat, availability_zone_count=3)


def _nat_gateways_by_private_route(stack: Stack) -> list[str]:
    routes = stack.resources("aws_route")
    return [route["nat_gateway_id"] for id_, route in sorted(routes.items()) if id_.startswith("network_private_")]


def test_each_zone_has_a_public_and_a_private_subnet_of_its_own_block() -> None:
    stack = synthesized()["services"]
    blocks = {
        id_.rsplit("_", 1)[0]: (subnet["cidr_block"], subnet["availability_zone"].split(".")[-1])
        for id_, subnet in stack.resources("aws_subnet").items()
    }
    assert blocks == {
        "network_public_0": ("10.0.0.0/20", "names[0]}"),
        "network_public_1": ("10.0.16.0/20", "names[1]}"),
        "network_private_0": ("10.0.128.0/20", "names[0]}"),
        "network_private_1": ("10.0.144.0/20", "names[1]}"),
    }


def test_no_subnet_assigns_public_addresses() -> None:
    for subnet in synthesized()["services"].resources("aws_subnet").values():
        assert "map_public_ip_on_launch" not in subnet


def test_zones_are_looked_up_so_that_any_region_works() -> None:
    zones = synthesized()["services"].document["data"]["aws_availability_zones"]
    (lookup,) = zones.values()
    assert lookup == {"filter": [{"name": "opt-in-status", "values": ["opt-in-not-required"]}]}


@pytest.mark.parametrize(
    ("region", "excluded"), [("us-west-1", ["usw1-az2"]), ("ap-northeast-1", ["apne1-az3"]), ("us-east-1", None)]
)
def test_zones_without_fargate_are_left_out_by_their_id(region: str, excluded: list[str] | None) -> None:
    stack = synthesize(replace(SANDBOX, region=region), DEPLOYMENT)["services"]
    (lookup,) = stack.document["data"]["aws_availability_zones"].values()
    assert lookup.get("exclude_zone_ids") == excluded


def test_a_subnet_whose_zone_was_looked_up_stays_there_and_one_with_a_declared_zone_follows_it() -> None:
    looked_up = synthesized()["services"].resources("aws_subnet").values()
    declared = synthesized()["product_user"].resources("aws_subnet").values()
    assert [subnet["lifecycle"] for subnet in looked_up] == [{"ignore_changes": ["availability_zone"]}] * 4
    assert [subnet.get("lifecycle") for subnet in declared] == [None] * 4


def test_cloud_map_names_resolve_in_the_vpc() -> None:
    vpc = synthesized()["services"].only("aws_vpc")
    assert vpc["enable_dns_support"] is True
    assert vpc["enable_dns_hostnames"] is True


def test_one_nat_gateway_serves_every_zone_when_nat_is_single() -> None:
    stack = _with_nat("single")
    (gateway,) = stack.resources("aws_nat_gateway")
    assert _nat_gateways_by_private_route(stack) == [f"${{aws_nat_gateway.{gateway}.id}}"] * 3


def test_each_zone_has_its_own_nat_gateway_when_nat_is_per_zone() -> None:
    stack = _with_nat("per_zone")
    gateways = sorted(stack.resources("aws_nat_gateway"))
    assert len(stack.resources("aws_eip")) == 3
    assert _nat_gateways_by_private_route(stack) == [f"${{aws_nat_gateway.{gateway}.id}}" for gateway in gateways]


def test_private_subnets_have_no_default_route_when_nat_is_none() -> None:
    stack = _with_nat("none")
    assert stack.resources("aws_nat_gateway") == {}
    assert stack.resources("aws_eip") == {}
    assert [id_.rsplit("_", 1)[0] for id_ in stack.resources("aws_route")] == ["network_public_default_route"]


@pytest.mark.parametrize("nat", ["single", "per_zone", "none"])
def test_image_layers_come_from_s3_by_a_gateway_endpoint_in_every_private_subnet(
    nat: Literal["single", "per_zone", "none"],
) -> None:
    stack = _with_nat(nat)
    endpoint = stack.only("aws_vpc_endpoint", "network_s3_")
    tables = [id_ for id_ in stack.resources("aws_route_table") if id_.startswith("network_private_")]
    assert endpoint["service_name"] == "com.amazonaws.eu-west-1.s3"
    assert endpoint["vpc_endpoint_type"] == "Gateway"
    assert sorted(endpoint["route_table_ids"]) == [f"${{aws_route_table.{id_}.id}}" for id_ in sorted(tables)]
    assert len(tables) == 3


def test_without_a_nat_gateway_tasks_reach_the_apis_that_they_need_by_endpoints_in_every_zone() -> None:
    stack = _with_nat("none")
    subnets = sorted(id_ for id_ in stack.resources("aws_subnet") if id_.startswith("network_private_"))
    group = f"${{{stack.address('aws_security_group', 'network_endpoint')}.id}}"
    endpoints = {
        body["service_name"].removeprefix("com.amazonaws.eu-west-1."): body
        for body in stack.resources("aws_vpc_endpoint").values()
        if body["vpc_endpoint_type"] == "Interface"
    }
    assert sorted(endpoints) == ["ecr.api", "ecr.dkr", "logs"]
    for endpoint in endpoints.values():
        assert endpoint["private_dns_enabled"] is True
        assert sorted(endpoint["subnet_ids"]) == [f"${{aws_subnet.{id_}.id}}" for id_ in subnets]
        assert endpoint["security_group_ids"] == [group]


def test_endpoints_let_only_https_in_from_the_vpc() -> None:
    stack = _with_nat("none")
    group = f"${{{stack.address('aws_security_group', 'network_endpoint')}.id}}"
    kinds = ("aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule")
    rules = [rule for kind in kinds for rule in stack.resources(kind).values() if rule["security_group_id"] == group]
    assert [(rule["ip_protocol"], rule["from_port"], rule["to_port"], rule["cidr_ipv4"]) for rule in rules] == [
        ("tcp", 443, 443, stack.only("aws_vpc")["cidr_block"])
    ]


def test_without_a_nat_gateway_a_service_starts_after_the_endpoints() -> None:
    stack = _with_nat("none")
    needed = {f"aws_vpc_endpoint.{id_}" for id_ in stack.resources("aws_vpc_endpoint")}
    rule = stack.address("aws_vpc_security_group_ingress_rule", "network_endpoint")
    for service in stack.resources("aws_ecs_service").values():
        assert needed | {rule} <= set(service["depends_on"])
    assert len(needed) == 4


def test_a_nat_gateway_depends_on_the_internet_route_of_its_subnet() -> None:
    stack = synthesized()["services"]
    expected = {
        stack.address("aws_route", "network_public_default_route"),
        stack.address("aws_route_table_association", "network_public_0_association"),
    }
    assert expected <= set(stack.only("aws_nat_gateway")["depends_on"])


def test_changing_nat_from_single_to_per_zone_only_adds_resources() -> None:
    single, per_zone = _with_nat("single"), _with_nat("per_zone")
    added = set(per_zone.addresses()) - set(single.addresses())
    assert set(single.addresses()) <= set(per_zone.addresses())
    assert {address.split(".")[0] for address in added} == {"aws_eip", "aws_nat_gateway"}


def test_an_added_zone_changes_no_other_zones_subnets() -> None:
    two, three = _with_network(availability_zone_count=2), _with_network(availability_zone_count=3)
    after = three.resources("aws_subnet")
    assert len(after) == 6
    for id_, subnet in two.resources("aws_subnet").items():
        assert after[id_] == subnet


def test_declared_zones_and_blocks_are_used() -> None:
    stack = synthesized("prod")["product_user"]
    assert stack.only("aws_vpc")["cidr_block"] == "10.0.0.0/16"
    subnets = {
        id_.rsplit("_", 1)[0]: (subnet["cidr_block"], subnet["availability_zone"])
        for id_, subnet in stack.resources("aws_subnet").items()
    }
    assert subnets == {
        "network_public_0": ("10.0.0.0/24", "eu-west-1a"),
        "network_public_1": ("10.0.1.0/24", "eu-west-1b"),
        "network_private_0": ("10.0.2.0/24", "eu-west-1a"),
        "network_private_1": ("10.0.3.0/24", "eu-west-1b"),
    }
    assert "aws_availability_zones" not in stack.document.get("data", {})
    assert len(stack.resources("aws_nat_gateway")) == 1


@pytest.mark.parametrize(("environment", "locked"), [("prod", True), ("dev", False), ("sandbox", False)])
def test_the_default_security_group_loses_its_rules_if_the_environment_locks_it(environment: str, locked: bool) -> None:
    stack = synthesized(environment)["services"]
    groups = list(stack.resources("aws_default_security_group").values())
    assert [group["vpc_id"] for group in groups] == [f"${{{stack.address('aws_vpc')}.id}}"] * locked
    assert all(not group.keys() & {"ingress", "egress"} for group in groups)

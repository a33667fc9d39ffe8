"""Tests that reading a synthesized stack gives what was declared."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from colonnade.diagrams.deployed import Call, Deployed, Share, Subnet
from colonnade.diagrams.description import description
from colonnade.diagrams.drawing import as_svg
from colonnade.diagrams.stack_reader import read_deployed
from colonnade.model.deployment.declaration import ForwardTo
from colonnade.model.environment.ingress import IngressSettings
from colonnade.model.environment.listener import ListenerSettings
from colonnade.model.environment.settings import DeploymentSettings
from colonnade.model.environment.tables import NetworkSettings
from colonnade.model.network.existing import ExistingNetwork
from colonnade.model.routing.rule_action import ForwardByWeight
from colonnade.routes.listeners import listeners
from tests.support import specs
from tests.support.project import PROJECT
from tests.support.synth import DEPLOYMENT_NAMES, synthesize, synthesized

pytestmark = pytest.mark.synth

RESOLVED = {each.name: each for each in PROJECT.resolve("prod", migration_phase="canary")}


def read(name: str) -> Deployed:
    return read_deployed(json.loads(synthesized("prod")[name].text))


@pytest.mark.parametrize("name", DEPLOYMENT_NAMES)
def test_services_are_read_with_ports_sizes_counts_and_names(name: str) -> None:
    resolved = RESOLVED[name]
    found = {service.name: service for service in read(name).services}
    assert found.keys() == {service.name for service in resolved.services}
    for service in resolved.services:
        drawn = found[service.name]
        assert (drawn.port, drawn.task_count) == (service.container_port, service.desired_count)
        assert (drawn.cpu_units, drawn.memory_mib) == (service.cpu_units, service.memory_mib)
        assert (drawn.architecture, drawn.capacity) == (service.architecture, "FARGATE")
        assert drawn.discovery_name == service.dns_name


@pytest.mark.parametrize("name", DEPLOYMENT_NAMES)
def test_rules_are_read_in_order_with_their_shares(name: str) -> None:
    declared = listeners(RESOLVED[name])[-1].rules
    drawn = read(name).rules
    assert [(rule.priority, rule.conditions) for rule in drawn] == [
        (rule.priority, rule.path_patterns) for rule in declared
    ]
    assert [rule.shares for rule in drawn] == [shares(rule.action) for rule in declared]


def shares(action: object) -> tuple[Share, ...]:
    if isinstance(action, ForwardTo):
        return (Share(service=action.service, percent=100),)
    percents = action.percents if isinstance(action, ForwardByWeight) else {}
    return tuple(Share(service=service, percent=percent) for service, percent in percents.items())


def test_calls_are_those_that_security_groups_allow_both_ways() -> None:
    assert read("services").calls == (
        Call(caller="service1", callee="service2"),
        Call(caller="service2", callee="service1"),
    )
    document = json.loads(synthesized("prod")["services"].text)
    rules = document["resource"]["aws_vpc_security_group_egress_rule"]
    for id_ in [id_ for id_ in rules if id_.startswith("service1_tasks_egress_to_service2")]:
        del rules[id_]
    assert read_deployed(document).calls == (Call(caller="service2", callee="service1"),)


def test_ports_and_domain_are_read_from_listeners_security_group_and_record() -> None:
    deployed = read("services")
    assert (deployed.domain_name, deployed.open_ports) == ("services.example.com", (80, 443))
    assert [(each.port, each.protocol) for each in deployed.listeners] == [(80, "HTTP"), (443, "HTTPS")]
    assert deployed.listeners[0].rules[0].answer == "301 to HTTPS on 443"
    assert (read("product_user").domain_name, read("product_user").open_ports) == (None, (80,))


def test_a_network_that_exists_and_the_clients_are_read_from_lookups_and_rules() -> None:
    network = ExistingNetwork(
        vpc_id="vpc-0a1b2c3d",
        public_subnet_ids=("subnet-0000000a", "subnet-0000000b"),
        private_subnet_ids=("subnet-0000000c", "subnet-0000000d"),
    )
    ingress = IngressSettings(cidrs=("203.0.113.0/24",), prefix_list="pl-12345678")
    where = replace(specs.environment(specs.service()), network=NetworkSettings(existing=network), ingress=ingress)
    deployed = read_deployed(json.loads(synthesize(where, specs.deployment(specs.service()))["shop"].text))
    assert (deployed.vpc_cidr, deployed.internal) == ("vpc-0a1b2c3d", False)
    assert (deployed.clients, deployed.open_ports) == (("203.0.113.0/24", "pl-12345678"), (80, 443))
    assert [(each.zone, each.public) for each in deployed.subnets] == [
        ("subnet-0000000a", True),
        ("subnet-0000000b", True),
        ("subnet-0000000c", False),
        ("subnet-0000000d", False),
    ]
    assert "Clients in 203.0.113.0/24, pl-12345678 reach the load balancer" in description(deployed)
    assert "open to some networks on 80 and 443" in as_svg(deployed)
    internal = replace(where, ingress=replace(ingress, internal=True))
    inside = read_deployed(json.loads(synthesize(internal, specs.deployment(specs.service()))["shop"].text))
    assert [each.public for each in inside.subnets] == [False] * 4
    assert ">Internal<" in as_svg(inside)


def test_an_existing_listener_is_drawn_with_the_rules_of_the_deployment() -> None:
    network = ExistingNetwork(
        vpc_id="vpc-0a1b2c3d",
        public_subnet_ids=("subnet-0000000a", "subnet-0000000b"),
        private_subnet_ids=("subnet-0000000c", "subnet-0000000d"),
    )
    arn = "arn:aws:elasticloadbalancing:eu-west-1:999988887777:listener/app/web/50dc6c495c0c9188/f2f7dc8efc522ab2"
    settings = DeploymentSettings(listener=ListenerSettings(arn=arn, priorities=(1000, 1999)))
    where = replace(specs.environment(specs.service()), network=NetworkSettings(existing=network))
    where = replace(where, deployments={"shop": settings})
    deployed = read_deployed(json.loads(synthesize(where, specs.deployment(specs.service()))["shop"].text))
    assert (deployed.load_balancer, deployed.domain_name) == ("web", "shop.example.com")
    (listener,) = deployed.listeners
    assert [rule.conditions for rule in listener.rules] == [("/orders", "/orders/*", "shop.example.com"), ()]
    assert [each.public for each in deployed.subnets] == [True, True, False, False]
    assert "as its owner sets it" in as_svg(deployed)


def test_subnets_are_public_if_their_route_is_the_internet_gateway() -> None:
    assert read("product_user").subnets == (
        Subnet(zone="zone a", cidr_block="10.0.0.0/24", public=True, has_nat_gateway=True),
        Subnet(zone="zone b", cidr_block="10.0.1.0/24", public=True, has_nat_gateway=False),
        Subnet(zone="zone a", cidr_block="10.0.2.0/24", public=False, has_nat_gateway=False),
        Subnet(zone="zone b", cidr_block="10.0.3.0/24", public=False, has_nat_gateway=False),
    )
    assert [subnet.zone for subnet in read("services").subnets] == ["zone 1", "zone 2"] * 2


def test_state_and_phases_are_read() -> None:
    deployed = read("message_board")
    assert deployed.state == ("colonnade-prod-terraform-state", "prod/message_board/terraform.tfstate")
    assert dict(deployed.phases) == {"users": "canary", "threads": "canary", "posts": "canary"}

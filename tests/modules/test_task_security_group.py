"""Tests of security groups: the complete set of rules, and that an edit takes no rule from running tasks."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import NamedTuple

import pytest

from colonnade.model.deployment.declaration import Deployment
from colonnade.model.environment.connection_settings import ConnectionSettings
from colonnade.model.environment.settings import DeploymentSettings
from tests.support.project import DEPLOYMENTS, PROJECT
from tests.support.project import SERVICES as DEPLOYMENT
from tests.support.specs import resolved
from tests.support.synth import DEPLOYMENT_NAMES, Stack, synthesize, synthesized

pytestmark = pytest.mark.synth

INTERNET = "0.0.0.0/0"


class Rule(NamedTuple):
    direction: str
    group: str
    peer: str
    port: int


def _group_name(stack: Stack, reference: str) -> str:
    """Return 'load balancer', or the service whose tasks are in the referenced group."""
    id_ = reference.removeprefix("${aws_security_group.").removesuffix(".id}")
    assert id_ in stack.resources("aws_security_group")
    return "load balancer" if "_tasks_" not in id_ else id_.split("_tasks_")[0]


def _rules(stack: Stack) -> list[Rule]:
    rules = []
    for direction in ("ingress", "egress"):
        for rule in stack.resources(f"aws_vpc_security_group_{direction}_rule").values():
            assert rule["ip_protocol"] == "tcp"
            assert rule["from_port"] == rule["to_port"]
            peer = rule.get("referenced_security_group_id")
            name = rule["cidr_ipv4"] if peer is None else _group_name(stack, peer)
            rules.append(Rule(direction, _group_name(stack, rule["security_group_id"]), name, rule["from_port"]))
    return sorted(rules)


def _declared_rules(deployment: Deployment) -> list[Rule]:
    ports = (80, 443) if deployment.subdomain is not None else (80,)
    rules = [Rule("ingress", "load balancer", INTERNET, port) for port in ports]
    found = resolved(deployment, PROJECT.environment("sandbox"))
    connections = {each.name: each.connections.values() for each in found.services}
    for service in deployment.services:
        rules.append(Rule("egress", service.name, INTERNET, 443))
        rules += [Rule("egress", service.name, str(each.cidr), each.port) for each in connections.get(service.name, ())]
        if deployment.forwards_to(service) and service.container_port is not None:
            rules += [
                Rule("egress", "load balancer", service.name, service.container_port),
                Rule("ingress", service.name, "load balancer", service.container_port),
            ]
    for edge in found.edges:
        rules += [
            Rule("egress", edge.caller, edge.callee, edge.port),
            Rule("ingress", edge.callee, edge.caller, edge.port),
        ]
    return sorted(rules)


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda deployment: deployment.name)
def test_the_rules_are_the_declared_edges_and_nothing_else(deployment: Deployment) -> None:
    assert _rules(synthesized()[deployment.name]) == _declared_rules(deployment)


def test_services_that_call_each_other_have_rules_in_both_directions() -> None:
    rules = set(_rules(synthesized()["services"]))
    assert Rule("egress", "service1", "service2", 7072) in rules
    assert Rule("egress", "service2", "service1", 7071) in rules


def test_no_security_group_has_inline_rules() -> None:
    for group in synthesized()["services"].resources("aws_security_group").values():
        assert not {"ingress", "egress"} & group.keys()


@pytest.mark.parametrize("deployment", DEPLOYMENT_NAMES)
def test_every_group_and_rule_is_created_before_the_one_that_it_replaces_is_destroyed(deployment: str) -> None:
    stack = synthesized()[deployment]
    kinds = ("aws_security_group", "aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule")
    lifecycles = [body["lifecycle"] for kind in kinds for body in stack.resources(kind).values()]
    assert len(lifecycles) > 3
    assert all(lifecycle["create_before_destroy"] for lifecycle in lifecycles)


def test_another_port_is_another_rule_and_the_group_keeps_its_address() -> None:
    moved = replace(DEPLOYMENT.services[1], container_port=8080)
    services = (DEPLOYMENT.services[0], moved, *DEPLOYMENT.services[2:])
    before = set(synthesized()["services"].addresses())
    after = set(
        synthesize(PROJECT.environment("sandbox"), replace(DEPLOYMENT, services=services))["services"].addresses()
    )
    rules = ("ingress_from_load_balancer", "load_balancer_egress", "ingress_from_service1")
    for addresses, port in ((before - after, 7072), (after - before, 8080)):
        names = {address.split(".")[1].rpartition("_")[0] for address in addresses}
        assert names == {
            *(f"service2_tasks_{rule}_{port}" for rule in rules),
            f"service1_tasks_egress_to_service2_{port}",
        }


def test_a_groups_description_has_nothing_that_an_edit_changes() -> None:
    http, https = (
        synthesized()[name].only("aws_security_group", title)
        for name, title in (("single_service", "SingleServiceLB"), ("services", "ServicesLB"))
    )
    assert http["description"] == https["description"]
    assert http["lifecycle"]["ignore_changes"] == ["name", "name_prefix", "description"]


@functools.cache
def _connected() -> Stack:
    """Return the services, of which service1 connects to two databases in one group, a block and a prefix list."""
    group = "sg-0a1b2c3d4e5f60718"
    connections = {
        "orders-db": ConnectionSettings(port=5432, host="a.example.com", security_group_id=group, manage_ingress=True),
        "users-db": ConnectionSettings(port=5432, host="b.example.com", security_group_id=group, manage_ingress=True),
        "cache": ConnectionSettings(port=6379, host="c.example.com", cidr="10.9.0.0/16"),
        "mail": ConnectionSettings(port=587, host="d.example.com", prefix_list_id="pl-0a1b2c3d4e5f60718"),
        "api": ConnectionSettings(port=443, host="e.example.com", cidr=INTERNET),
    }
    service1 = replace(DEPLOYMENT.services[0], connections=tuple(connections))
    settings = DeploymentSettings(connections=connections)
    environment = replace(PROJECT.environment("sandbox"), deployments={DEPLOYMENT.name: settings})
    declared = replace(DEPLOYMENT, services=(service1, *DEPLOYMENT.services[1:]))
    return synthesize(environment, declared)[DEPLOYMENT.name]


def test_each_destination_of_a_connection_has_one_rule_on_which_the_service_depends() -> None:
    stack, without = _connected(), synthesized()[DEPLOYMENT.name]
    added = set(stack.addresses()) - set(without.addresses())
    (lookup,) = (each for each in added if each.startswith("data."))
    rules = {address: stack.body(address) for address in added - {lookup}}
    tasks = f"${{{stack.address('aws_security_group', 'service1_tasks_')}.id}}"
    egress = {"security_group_id": tasks, "ip_protocol": "tcp", "description": "Connections of service1"}
    lifecycle = {"create_before_destroy": True}

    group = f"${{{lookup}.id}}"
    for ports, expected in (
        (5432, {**egress, "referenced_security_group_id": group}),
        (5432, {**egress, "security_group_id": group, "referenced_security_group_id": tasks}),
        (6379, {**egress, "cidr_ipv4": "10.9.0.0/16"}),
        (587, {**egress, "prefix_list_id": "pl-0a1b2c3d4e5f60718"}),
    ):
        whole = {**expected, "from_port": ports, "to_port": ports, "lifecycle": lifecycle}
        assert whole in rules.values()
    assert len(rules) == 4
    assert stack.document["moved"] == without.document["moved"]
    assert rules.keys() <= set(stack.only("aws_ecs_service", "service1_service_")["depends_on"])


def test_only_the_service_that_connects_changes() -> None:
    stack, without = _connected(), synthesized()[DEPLOYMENT.name]
    changed = {
        each for each in without.addresses() if not each.startswith("data.") and stack.body(each) != without.body(each)
    }

    assert {each.split(".")[0] for each in changed} == {"aws_ecs_service", "aws_ecs_task_definition"}
    assert {each.split(".")[1].split("_")[0] for each in changed} == {"service1"}

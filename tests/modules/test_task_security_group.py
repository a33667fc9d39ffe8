"""Tests of security groups: the complete set of rules, and that an edit takes no rule from running tasks."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import pytest

from colonnade.model.deployment.declaration import Deployment
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
    for service in deployment.services:
        assert service.container_port is not None
        rules += [
            Rule("egress", service.name, INTERNET, 443),
            Rule("egress", "load balancer", service.name, service.container_port),
            Rule("ingress", service.name, "load balancer", service.container_port),
        ]
    for edge in resolved(deployment, PROJECT.environment("sandbox")).edges:
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

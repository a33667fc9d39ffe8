"""Tests of connections between tasks: the complete set of security group rules."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from colonnade.model.deployment.declaration import Deployment
from tests.support.project import DEPLOYMENTS, PROJECT
from tests.support.specs import resolved
from tests.support.synth import Stack, synthesized

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

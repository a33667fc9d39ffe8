"""Tests of the group in which a resource is counted, and of the reason for a long wait for it, by its Terraform
address."""

from __future__ import annotations

import json

import pytest

from colonnade_sandbox.terraform.resource_kinds import group, wait_reason
from tests.support.synth import synthesized


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("aws_route.a", "network"),
        ("aws_route53_record.a", "DNS"),
        ("aws_vpc.a", "network"),
        ("aws_vpc_security_group_egress_rule.a", "security groups"),
        ("module.shop.aws_lb_listener.a[0]", "load balancer"),
        ("null_resource.a", "other"),
    ],
)
def test_the_longest_beginning_of_a_type_decides_its_group(address: str, expected: str) -> None:
    assert group(address) == expected


@pytest.mark.parametrize("environment", ["sandbox", "prod"])
def test_every_resource_of_this_project_has_a_group(environment: str) -> None:
    stacks = synthesized(environment).values()
    kinds = {kind for stack in stacks for kind in json.loads(stack.text)["resource"]}
    assert len(kinds) > 20
    assert {kind for kind in kinds if group(f"{kind}.a") == "other"} <= {"terraform_data"}


def test_a_wait_has_a_reason_for_the_action_that_waits() -> None:
    assert "a minute" in wait_reason("aws_lb.this", "create")
    assert wait_reason("aws_lb.this", "delete") == ""

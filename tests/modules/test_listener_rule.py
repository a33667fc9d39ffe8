"""Claims about listener rules: the table of priorities, patterns and services, and where each rule forwards."""

from __future__ import annotations

import pytest

from deployments.services import DEPLOYMENT
from tests.support.synth import Stack, synthesized

pytestmark = pytest.mark.synth

RULE_TABLE = """\
45789 /service1 /service1/* -> service1
47924 /service2 /service2/* -> service2
49738 /service3 /service3/* -> service3
"""


def _rule_table(stack: Stack) -> str:
    rows = []
    for id_, rule in stack.resources("aws_lb_listener_rule").items():
        (condition,) = rule["condition"]
        patterns = " ".join(condition["path_pattern"]["values"])
        rows.append(f"{rule['priority']:5} {patterns} -> {id_.split('_service_')[0]}\n")
    return "".join(sorted(rows))


def test_the_rules_are_the_ones_that_were_reviewed() -> None:
    assert _rule_table(synthesized()["services"]) == RULE_TABLE


def test_the_rules_are_the_same_in_every_environment() -> None:
    assert _rule_table(synthesized("prod")["services"]) == RULE_TABLE


@pytest.mark.parametrize("service", [service.name for service in DEPLOYMENT.services])
def test_a_rule_forwards_from_the_https_listener_to_its_services_target_group(service: str) -> None:
    stack = synthesized()["services"]
    rule = stack.only("aws_lb_listener_rule", f"{service}_service_")
    target_group = stack.address("aws_lb_target_group", f"{service}_service_")
    assert rule["listener_arn"] == f"${{{stack.address('aws_lb_listener', 'ServicesLB_https_')}.arn}}"
    assert rule["action"] == [{"type": "forward", "target_group_arn": f"${{{target_group}.arn}}"}]

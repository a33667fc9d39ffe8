"""Tests of listener rules: priorities, patterns and services, and the target group of each rule."""

from __future__ import annotations

import pytest

from tests.support.project import PROJECT
from tests.support.synth import DEPLOYMENT_NAMES, Stack, synthesized

pytestmark = pytest.mark.synth

RULE_TABLES = {
    "services": """\
45789 /service1 /service1/* -> service1
47924 /service2 /service2/* -> service2
49738 /service3 /service3/* -> service3
""",
    "single_service": "",
    "product_user": """\
33437 /product-svc /product-svc/* -> product-svc
33857 /user-svc /user-svc/* -> user-svc
""",
    "message_board": """\
26289 /api/threads /api/threads/* -> threads
29034 /api/posts /api/posts/* -> posts
29222 /api/users /api/users/* -> users
31660 /api /api/* -> api
""",
}


def _rule_table(stack: Stack) -> str:
    rows = []
    for id_, rule in stack.resources("aws_lb_listener_rule").items():
        (condition,) = rule["condition"]
        patterns = " ".join(condition["path_pattern"]["values"])
        rows.append(f"{rule['priority']:5} {patterns} -> {id_.split('_service_')[0]}\n")
    return "".join(sorted(rows))


@pytest.mark.parametrize("environment", PROJECT.environment_names())
@pytest.mark.parametrize("deployment", DEPLOYMENT_NAMES)
def test_the_rules_are_the_reviewed_ones_in_every_environment(deployment: str, environment: str) -> None:
    assert _rule_table(synthesized(environment)[deployment]) == RULE_TABLES[deployment]


@pytest.mark.parametrize(
    ("deployment", "listener", "service"),
    [
        *(("services", "ServicesLB_https_", service) for service in ("service1", "service2", "service3")),
        *(("product_user", "ProductUserLB_http_", service) for service in ("product-svc", "user-svc")),
    ],
)
def test_a_rule_forwards_from_the_listener_to_its_services_target_group(
    deployment: str, listener: str, service: str
) -> None:
    stack = synthesized()[deployment]
    rule = stack.only("aws_lb_listener_rule", f"{service}_service_")
    target_group = stack.address("aws_lb_target_group", f"{service}_service_")
    assert rule["listener_arn"] == f"${{{stack.address('aws_lb_listener', listener)}.arn}}"
    assert rule["action"] == [{"type": "forward", "target_group_arn": f"${{{target_group}.arn}}"}]

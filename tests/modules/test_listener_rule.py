"""Tests of listener rules: keys, priorities, patterns and target groups."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.support import specs
from tests.support.project import PROJECT
from tests.support.synth import DEPLOYMENT_NAMES, Stack, synthesize, synthesized

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
    "shop": """\
45510 /orders /orders/* -> orders
""",
    "message_board": """\
26289 /api/threads /api/threads/* -> api, threads
29034 /api/posts /api/posts/* -> api, posts
29222 /api/users /api/users/* -> api, users
31660 /api /api/* -> api
""",
}


def _rule_table(stack: Stack) -> str:
    rows = []
    for rule in stack.resources("aws_lb_listener_rule").values():
        (condition,) = rule["condition"]
        patterns = " ".join(condition["path_pattern"]["values"])
        rows.append(f"{rule['priority']:5} {patterns} -> {', '.join(_services(rule))}\n")
    return "".join(sorted(rows))


def _services(rule: Any) -> list[str]:
    """Return the services that the rule forwards to."""
    return re.findall(r"aws_lb_target_group\.([a-z0-9-]+)_service_", str(rule["action"]))


def _shop(**services: Any) -> Stack:
    """Return a stack with these services, each given as its prefix or as the fields of its declaration."""
    declared = [
        specs.service(name, **(fields if isinstance(fields, dict) else {"path_prefix": fields}))
        for name, fields in services.items()
    ]
    return synthesize(specs.environment(*declared), specs.deployment(*declared))["shop"]


def _rules(stack: Stack) -> dict[str, tuple[int, list[str], list[str]]]:
    """Return priority, patterns and services of each rule, by its address."""
    return {
        id_: (rule["priority"], rule["condition"][0]["path_pattern"]["values"], _services(rule))
        for id_, rule in stack.resources("aws_lb_listener_rule").items()
    }


def _changed(before: Stack, after: Stack) -> dict[str, tuple[bool, ...]]:
    """Return for each rule of both stacks whether priority, patterns and services are other ones."""
    former, now = _rules(before), _rules(after)
    assert former.keys() == now.keys()
    return {
        re.sub("_this_.*", "", id_): tuple(a != b for a, b in zip(former[id_], now[id_], strict=True)) for id_ in now
    }


def test_services_that_exchange_their_prefixes_exchange_the_targets_of_rules_that_stay() -> None:
    changed = _changed(_shop(orders="/a", users="/b"), _shop(orders="/b", users="/a"))
    assert changed == {"listener_rules_a": (False, False, True), "listener_rules_b": (False, False, True)}


def test_a_renamed_service_that_keeps_its_prefix_keeps_its_rule() -> None:
    changed = _changed(_shop(orders="/a", users="/b"), _shop(orders="/a", people="/b"))
    assert changed == {"listener_rules_a": (False, False, False), "listener_rules_b": (False, False, True)}


def test_a_rule_priority_that_is_added_changed_or_removed_changes_its_rule_in_place() -> None:
    plain, first, second = (_shop(orders=fields) for fields in ({}, {"rule_priority": 10}, {"rule_priority": 20}))
    for before, after in ((plain, first), (first, second), (second, plain)):
        assert _changed(before, after) == {"listener_rules_orders": (True, False, False)}


def test_the_rule_of_an_explicit_priority_moves_from_each_of_its_former_addresses() -> None:
    moves = _shop(orders={"rule_priority": 10}).document["moved"]
    of_rules = [
        tuple(re.sub("_[0-9A-F]{8}$", "", move[key]) for key in ("from", "to"))
        for move in moves
        if "rule.l" in move["to"]
    ]
    rule = "aws_lb_listener_rule."
    assert of_rules == [
        (f"{rule}orders_service_listener_rule_this", f"{rule}listener_rules_priority10_this"),
        (f"{rule}listener_rules_priority10_this", f"{rule}listener_rules_orders_this"),
    ]


def test_a_rule_is_created_before_the_one_that_it_replaces_is_destroyed() -> None:
    rules = synthesized()["services"].resources("aws_lb_listener_rule").values()
    assert [rule["lifecycle"] for rule in rules] == [{"create_before_destroy": True}] * 3


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
    rule = stack.only("aws_lb_listener_rule", f"listener_rules_{service}_this_")
    target_group = stack.address("aws_lb_target_group", f"{service}_service_")
    assert rule["listener_arn"] == f"${{{stack.address('aws_lb_listener', listener)}.arn}}"
    assert rule["action"] == [{"type": "forward", "target_group_arn": f"${{{target_group}.arn}}"}]

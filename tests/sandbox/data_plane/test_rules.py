"""The listener rule that applies to a request, by priority, host and path."""

from __future__ import annotations

import pytest

from colonnade_sandbox.control_plane.snapshot import Condition, ListenerRule
from colonnade_sandbox.data_plane.rules import first_matching
from tests.support.load_balancer_snapshots import BASE, default_rule, forward, path_rule

USERS = path_rule(10, "/api/users", "/api/users/*", action=forward(users=1))
API = path_rule(20, "/api", "/api/*", action=forward(api=1))
SHOP = ListenerRule(
    arn="rule-30",
    priority=30,
    conditions=(
        Condition(field="host-header", values=("shop.example.com", "*.shop.example.com")),
        Condition(field="path-pattern", values=("/cart",)),
    ),
    action=forward(cart=1),
)
DEFAULT = default_rule(BASE)
RULES = (USERS, API, SHOP, DEFAULT)


@pytest.mark.parametrize(
    ("host", "path", "expected"),
    [
        ("any", "/api/users/1", USERS),
        ("any", "/api/threads", API),
        ("any", "/apis", DEFAULT),
        ("shop.example.com", "/cart", SHOP),
        ("eu.shop.example.com", "/cart", SHOP),
        ("example.com", "/cart", DEFAULT),
        ("shop.example.com", "/other", DEFAULT),
    ],
)
def test_the_first_rule_by_priority_whose_conditions_all_match_applies(
    host: str, path: str, expected: ListenerRule
) -> None:
    assert first_matching(RULES, host=host, path=path) is expected

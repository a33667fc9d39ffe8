"""Claims about rule tables: the owner of a path, the paths that change owner, and the rule that shadows another."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colonnade.model.routing.path_pattern import matches
from colonnade.review.analysis.listener_rules import NO_TARGET, Rule, example_paths, owner, owner_changes, rules
from colonnade.review.plan.resource_index import ResourceIndex
from tests.support.plan_documents import change, changes

LISTENER = "aws_lb_listener.this"


def _rule(action: str, priority: int, *patterns: str, conditions: tuple[str, ...] = ()) -> Rule:
    return Rule(
        address=f"aws_lb_listener_rule.{action}",
        listener=LISTENER,
        priority=priority,
        patterns=patterns,
        conditions=conditions,
        action=action,
    )


ORDERS = _rule("orders", 50, "/orders", "/orders/*")
STOCK = _rule("stock", 20, "/orders/stock", "/orders/stock/*")
PATHS = st.text(alphabet="/ab", max_size=6).map(lambda text: f"/{text}")
PATTERNS = st.text(alphabet="/ab*?", max_size=5).map(lambda text: f"/{text}").filter(lambda text: text.count("*") < 3)
TABLES = st.lists(st.tuples(st.sampled_from("xyz"), st.lists(PATTERNS, min_size=1, max_size=2)), max_size=4).map(
    lambda rules: [_rule(action, place, *patterns) for place, (action, patterns) in enumerate(rules)]
)


@given(TABLES, PATHS)
def test_owner_of_a_path_is_the_first_matching_rule(table: list[Rule], path: str) -> None:
    first = next((rule for rule in table if any(matches(pattern, path) for pattern in rule.patterns)), None)
    assert owner(table, path) == ((first.action, first) if first is not None else (NO_TARGET, None))


@given(PATTERNS, st.lists(PATTERNS, max_size=3))
def test_example_paths_match_their_pattern(pattern: str, others: list[str]) -> None:
    found = example_paths(pattern, [pattern, *others])
    assert found
    assert all(matches(pattern, path) for path in found)


@given(TABLES, TABLES)
def test_changes_of_owner_hold_for_their_example_path(before: list[Rule], after: list[Rule]) -> None:
    for found in owner_changes(before, after):
        assert matches(found.pattern, found.example)
        assert (owner(before, found.example)[0], owner(after, found.example)[0]) == (found.before, found.after)
        assert found.before != found.after


@given(TABLES)
def test_equal_rules_change_no_owner(table: list[Rule]) -> None:
    assert owner_changes(table, list(table)) == ()


@pytest.mark.timeout(30)  # each took over a minute when every rule was compared by itself, or more than a lifetime
def test_many_wildcards_and_many_rules_take_seconds() -> None:
    stars = f"/{'*a' * 60}"
    assert all(matches(stars, path) for path in example_paths(stars, [stars]))
    ids = ("/a{0}", "/a{0}/*", "/b{0}/*/c", "/*/d{0}", "/e{0}*f*")
    table = [_rule(f"s{n}", n, *(pattern.format(n) for pattern in ids)) for n in range(100)]
    (change,) = owner_changes(table, [*table[:50], _rule("other", 50, "/b50/*/c"), *table[51:]])[2:3]
    assert (change.before, change.after) != ("s50", "s50")


def test_new_rule_with_higher_priority_shadows_the_paths_of_a_narrower_rule() -> None:
    wide = _rule("orders", 7, "/orders*")
    changes = {change.pattern: change for change in owner_changes([STOCK, ORDERS], [wide, STOCK])}
    assert {pattern for pattern, change in changes.items() if change.shadowed_by == wide} == {
        "/orders/stock",
        "/orders/stock/*",
    }
    assert changes["/orders/stock"].before == "stock"
    assert changes["/orders*"].before == NO_TARGET


def test_new_rule_for_a_nested_path_changes_only_that_path() -> None:
    changes = owner_changes([ORDERS], [STOCK, ORDERS])
    assert [(change.pattern, change.before, change.after) for change in changes] == [
        ("/orders/stock", "orders", "stock"),
        ("/orders/stock/*", "orders", "stock"),
    ]
    assert all(change.shadowed_by is None for change in changes)


def test_rule_with_other_conditions_is_reported_with_the_owner() -> None:
    described, rule = owner([_rule("beta", 1, "/orders", conditions=("host_header",)), ORDERS], "/orders")
    assert described == "beta (depends on host_header); orders"
    assert rule == ORDERS


def _of(values: dict[str, Any], **more: Any) -> list[Rule]:
    services = [change(f"aws_ecs_service.{name}_service_this", {}, {}) for name in ("api", "users")]
    groups = [change(f"aws_lb_target_group.{name}_group", {"arn": name}, {"arn": name}) for name in ("api", "users")]
    found = changes(*services, *groups, change("aws_lb_listener_rule.users", None, values, **more))
    return list(rules(found, ResourceIndex(found), after=True))


def _forward(*groups: dict[str, Any]) -> dict[str, Any]:
    return {"action": [{"type": "forward", "forward": [{"target_group": list(groups)}]}], "priority": 1}


def test_weights_are_reported_as_shares_of_services() -> None:
    (rule,) = _of({**_forward({"arn": "users", "weight": 1}, {"arn": "api", "weight": 3}), "condition": []})
    assert rule.action == "api 75 %, users 25 %"
    assert [(target.name, target.percent) for target in rule.targets] == [("api", 75), ("users", 25)]


def test_single_group_has_no_share_and_unknown_groups_have_a_placeholder() -> None:
    assert _of({**_forward({"arn": "api"}), "condition": []})[0].action == "api"
    assert _of({"condition": []}, unknown={"action": True})[0].action == "(known after apply)"


def test_rule_with_unknown_paths_is_reported_with_the_owner() -> None:
    unknown = {"condition": [{"path_pattern": [{"values": True}]}]}
    (rule,) = _of({**_forward({"arn": "api"}), "condition": [{"path_pattern": [{}]}]}, unknown=unknown)
    assert rule.patterns == ()
    assert owner([rule, ORDERS], "/orders") == ("api (depends on unknown condition); orders", ORDERS)

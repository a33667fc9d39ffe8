"""Claims about rule tables: the owner of a path, the paths that change owner, and the rule that shadows another."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colonnade.model.routing.path_pattern import matches
from colonnade.review.analysis.listener_rules import NO_TARGET, Rule, rules
from colonnade.review.analysis.rule_changes import example_paths, literal_starts, owner, owner_changes
from colonnade.review.analysis.rule_conditions import Condition
from colonnade.review.markdown.text import plain
from colonnade.review.plan.resource_index import ResourceIndex
from tests.support.plan_documents import change, changes, review

LISTENER = "aws_lb_listener.this"


def _rule(action: str, priority: int, *patterns: str, conditions: tuple[Condition, ...] = ()) -> Rule:
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
    found = owner(table, path)
    assert (str(found), found.rule) == ((first.action, first) if first is not None else (NO_TARGET, None))


@given(PATTERNS, st.lists(PATTERNS, max_size=3))
def test_example_paths_match_their_pattern(pattern: str, others: list[str]) -> None:
    found = example_paths(pattern, literal_starts([pattern, *others]))
    assert found
    assert all(matches(pattern, path) for path in found)


@given(TABLES, TABLES)
def test_changes_of_owner_hold_for_their_example_path(before: list[Rule], after: list[Rule]) -> None:
    for found in owner_changes(before, after):
        assert matches(found.pattern, found.example)
        assert (str(owner(before, found.example)), str(owner(after, found.example))) == (found.before, found.after)
        assert found.before != found.after


@given(TABLES)
def test_equal_rules_change_no_owner(table: list[Rule]) -> None:
    assert owner_changes(table, list(table)) == ()


@pytest.mark.timeout(30)  # each took over a minute when every rule was compared by itself, or more than a lifetime
def test_many_wildcards_and_many_rules_take_seconds() -> None:
    stars = f"/{'*a' * 60}"
    assert all(matches(stars, path) for path in example_paths(stars, literal_starts([stars])))
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
    host = Condition(type="host_header", values=("beta.example.com",))
    found = owner([_rule("beta", 1, "/orders", conditions=(host,)), ORDERS], "/orders")
    assert str(found) == "beta (depends on host_header beta.example.com); orders"
    assert found.rule == ORDERS


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
    assert str(owner([rule, ORDERS], "/orders")) == "api (depends on unknown condition); orders"


STALE = {"redirect": [{"protocol": "HTTPS", "port": "443"}], "fixed_response": [{"status_code": "503"}]}


@pytest.mark.parametrize(
    ("action", "described"),
    [
        ({"type": "forward", "target_group_arn": "api", **STALE}, "api"),
        ({"type": "fixed-response", **STALE, "target_group_arn": "api"}, "fixed response 503"),
        ({"type": "redirect", **STALE, "target_group_arn": "api"}, "redirect to https 443"),
        (
            {"type": "redirect", "redirect": [{"protocol": "HTTPS", "port": "443", "host": "evil.example"}]},
            "redirect to https 443, host evil.example",
        ),
    ],
)
def test_an_action_is_read_by_its_type(action: dict[str, Any], described: str) -> None:
    (rule,) = _of({"action": [action], "condition": [], "priority": 1})
    assert rule.action == described


def test_the_target_group_of_the_configuration_replaces_a_former_forward_block() -> None:
    stale = [{"target_group": [{"arn": "users", "weight": 1}]}]
    values = {"action": [{"type": "forward", "target_group_arn": "api", "forward": stale}], "condition": []}
    declared = {"action": [{"type": {"constant_value": "forward"}, "target_group_arn": {"references": ["x"]}}]}
    assert [rule.action for rule in _of(values, expressions=declared)] == ["api"]


def test_authentication_before_an_action_is_described() -> None:
    actions = [{"type": "authenticate-oidc"}, {"type": "forward", "target_group_arn": "api"}]
    (rule,) = _of({"action": actions, "condition": []})
    assert rule.action == "api after authenticate-oidc"


def test_http_listener_that_no_longer_redirects_is_reported() -> None:
    sides = [
        {"arn": "l", "port": 80, "default_action": [{"type": type_, "target_group_arn": "tg", **STALE}]}
        for type_ in ("redirect", "forward")
    ]
    report = review(change("aws_lb_listener.http", *sides))
    assert "Paths that no rule matches: redirect to https 443 → target group tg" in report


def test_target_groups_outside_of_the_plan_differ_by_their_names() -> None:
    sides = [
        {
            "listener_arn": "l",
            "priority": 1,
            "condition": [{"path_pattern": [{"values": ["/a"]}]}],
            "action": [{"type": "forward", "target_group_arn": f"arn:aws:x:eu-west-1:1:targetgroup/{name}/0a1b"}],
        }
        for name in ("one", "two")
    ]
    report = review(change("aws_lb_listener_rule.a", *sides))
    assert "Paths `/a`: target group one/0a1b → target group two/0a1b" in report


def _rule_change(before: dict[str, Any], after: dict[str, Any]) -> str:
    paths = {"path_pattern": [{"values": ["/*"]}]}
    sides = [
        {"listener_arn": "l", "priority": 10, "condition": [paths, each], "action": [{"type": "forward"}]}
        for each in (before, after)
    ]
    return review(change("aws_lb_listener_rule.a", *sides))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"host_header": [{"values": ["app.example.com"]}]}, {"host_header": [{"values": ["shop.example.com"]}]}),
        ({"host_header": [{"regex_values": ["a"]}]}, {"host_header": [{"regex_values": ["b"]}]}),
        ({"source_ip": [{"values": ["10.0.0.0/8"]}]}, {"source_ip": [{"values": ["0.0.0.0/0"]}]}),
        ({"http_request_method": [{"values": ["GET"]}]}, {"http_request_method": [{"values": ["POST"]}]}),
        ({"query_string": [{"key": "a", "value": "1"}]}, {"query_string": [{"key": "a", "value": "2"}]}),
    ],
)
def test_all_conditions_are_compared_and_shown_by_value(before: dict[str, Any], after: dict[str, Any]) -> None:
    summary = _rule_change(before, after).partition("<details>")[0]
    for condition in (before, after):
        values = [each for test in next(iter(condition.values())) for each in test.values()]
        for value in values:
            assert (value[0] if isinstance(value, list) else value) in summary
    assert "Condition of" in summary


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            {"http_header": [{"http_header_name": "X-Origin", "values": ["oldvalue"]}]},
            {"http_header": [{"http_header_name": "X-Origin", "values": ["newvalue"]}]},
        ),
        (
            {"query_string": [{"key": "token", "value": "oldvalue"}]},
            {"query_string": [{"key": "token", "value": "newvalue"}]},
        ),
    ],
)
def test_a_header_condition_is_compared_and_its_value_not_shown(before: dict[str, Any], after: dict[str, Any]) -> None:
    report = _rule_change(before, after)
    assert "another value, which is not shown" in report
    assert "oldvalue" not in report
    assert "newvalue" not in report


def test_unknown_paths_are_described_as_unknown() -> None:
    unknown = {"condition": [{"path_pattern": [{"values": True}]}]}
    values = {"listener_arn": "l", "condition": [{"path_pattern": [{}]}], "action": [{"type": "forward"}]}
    report = review(change("aws_lb_listener_rule.a", None, values, unknown=unknown))
    assert "Paths not known before the apply go to" in report


@pytest.mark.parametrize("keys", [("api", "web"), ("a.b]", 'x"y')])
@pytest.mark.parametrize("rule", ["module.service[{}].aws_lb_listener_rule.this", "aws_lb_listener_rule.this[{}]"])
def test_a_path_that_moves_to_the_group_of_another_key_is_reported(rule: str, keys: tuple[str, str]) -> None:
    one, other = map(json.dumps, keys)
    groups = [
        change(f"aws_lb_target_group.this[{key}]", {"arn": key, "id": key}, {"arn": key, "id": key})
        for key in (one, other)
    ]
    sides = [
        {
            "listener_arn": "l",
            "priority": 10,
            "condition": [{"path_pattern": [{"values": ["/api"]}]}],
            "action": [{"type": "forward", "target_group_arn": key}],
        }
        for key in (one, other)
    ]
    entry = change(rule.format(one), *sides)
    assert f"Paths `/api`: {plain(f'this[{one}]')} → {plain(f'this[{other}]')}" in review(*groups, entry)
    services = [change(f"module.service[{key}].aws_ecs_service.this", {"id": key}, {"id": key}) for key in (one, other)]
    assert f"Paths `/api`: {plain(keys[0])} → {plain(keys[1])}" in review(*services, *groups, entry)

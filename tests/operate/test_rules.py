"""The listener rule that takes the requests of a target group before its own rule does."""

from __future__ import annotations

from typing import Any

import pytest

from colonnade.operate.why.rules import Rule, hidden_by, weights

OWN, OTHER = "own", "other"


def rule(number: str, target: str, *, weight: int = 1, **patterns: tuple[str, ...]) -> Rule:
    """Return a rule; `path` and `host` are the patterns of its conditions."""
    keys = {"path": ("path-pattern", "PathPatternConfig"), "host": ("host-header", "HostHeaderConfig")}
    conditions = [{"Field": keys[each][0], keys[each][1]: {"Values": list(patterns[each])}} for each in patterns]
    forward = {"TargetGroups": [{"TargetGroupArn": target, "Weight": weight}]}
    return {"Priority": number, "Conditions": conditions, "Actions": [{"Type": "forward", "ForwardConfig": forward}]}


def own(**more: Any) -> Rule:
    return rule("20", OWN, **{"path": ("/orders", "/orders/*"), **more})


@pytest.mark.parametrize(
    ("first", "second", "hiding"),
    [
        (rule("10", OTHER, path=("/orders*",)), own(), "10"),
        (rule("10", OTHER, path=("/*",)), own(host=("shop.example.com",)), "10"),
        (rule("10", OTHER, host=("*.example.com",)), own(host=("Shop.example.com",)), "10"),
        (rule("10", OTHER, path=("/orders/*",)), own(), ""),
        (rule("10", OTHER, path=("/orders*",), host=("shop.example.com",)), own(), ""),
        (rule("10", OTHER, path=("/users*",)), own(), ""),
        (rule("10", OWN, path=("/orders*",)), own(), ""),
        (rule("10", OTHER, path=("/orders*",)), own(weight=0), ""),
    ],
)
def test_an_earlier_rule_hides_another_if_it_matches_as_much(first: Rule, second: Rule, hiding: str) -> None:
    assert hidden_by([[first, second]], OWN) == hiding


def test_a_target_group_is_hidden_only_if_all_its_rules_are() -> None:
    hidden = [rule("10", OTHER, path=("/*",)), own()]
    assert hidden_by([hidden, [own()]], OWN) == ""
    assert hidden_by([[rule("1", OTHER)], hidden], OWN) == "10"


def test_a_condition_without_wildcards_must_be_the_same() -> None:
    query = {"Field": "query-string", "QueryStringConfig": {"Values": [{"Value": "beta"}]}}
    first: Rule = {**rule("10", OTHER, path=("/*",)), "Conditions": [query]}
    assert hidden_by([[first, own()]], OWN) == ""
    both: Rule = {**own(), "Conditions": [*own()["Conditions"], query]}
    assert hidden_by([[first, both]], OWN) == "10"


def test_each_action_has_a_weight() -> None:
    assert list(weights(own(weight=3), OWN)) == [3]
    assert list(weights({"Actions": [{"Type": "forward", "TargetGroupArn": OWN}]}, OWN)) == [1]
    assert list(weights({"Actions": [{"Type": "fixed-response"}]}, OWN)) == []

"""The rule that a request matches, compared with the sandbox's independently written load balancer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colonnade.model.deployment.declaration import FixedResponse, ForwardTo
from colonnade.model.routing.listener_rules import Decision, ListenerRule, Reason, decide, in_order
from colonnade.model.routing.pattern_mismatch import mismatch
from colonnade_sandbox.control_plane import snapshot
from colonnade_sandbox.data_plane.rules import first_matching

DEFAULT = ListenerRule(
    priority=None, action=FixedResponse(status_code=404, content_type="text/plain", message_body="Not Found")
)
PATTERNS = st.lists(st.text("aA/*?%2F", max_size=5), max_size=3).map(tuple)


def rule(priority: int, *path_patterns: str, hosts: tuple[str, ...] = ()) -> ListenerRule:
    action = ForwardTo(service=f"service-{priority}")
    return ListenerRule(priority=priority, path_patterns=path_patterns, host_patterns=hosts, action=action)


RULES = st.lists(st.tuples(st.integers(1, 99), PATTERNS, PATTERNS), max_size=6, unique_by=lambda each: each[0]).map(
    lambda drawn: [rule(priority, *paths, hosts=hosts) for priority, paths, hosts in drawn]
)


def in_aws_format(each: ListenerRule) -> snapshot.ListenerRule:
    """Return the rule in the format of the AWS API; the action does not affect matching."""
    conditions = [
        snapshot.Condition(field="host-header", values=each.host_patterns),
        snapshot.Condition(field="path-pattern", values=each.path_patterns),
    ]
    return snapshot.ListenerRule(
        arn=str(each.priority),
        priority=each.priority,
        conditions=tuple(condition for condition in conditions if condition.values),
        action=snapshot.ForwardAction(target_groups=()),
    )


def decide_with_default(path: str, *rules: ListenerRule, host: str = "example.com") -> Decision:
    return decide([DEFAULT, *rules], host=host, path=path)


@given(st.permutations([None, 50_000, 3, 1]))
def test_rules_are_evaluated_by_priority_and_the_default_rule_last(priorities: list[int | None]) -> None:
    rules = [DEFAULT if priority is None else rule(priority) for priority in priorities]
    assert [each.priority for each in in_order(rules)] == [1, 3, 50_000, None]


@given(RULES, st.text("aA/%2F", max_size=5), st.text("aA/%2F", max_size=5))
def test_a_request_matches_the_same_rule_as_in_the_sandboxs_load_balancer(
    rules: list[ListenerRule], host: str, path: str
) -> None:
    by_priority = [in_aws_format(each) for each in in_order([*rules, DEFAULT])]
    decision = decide_with_default(path, *rules, host=host)
    assert str(decision.rule.priority) == first_matching(by_priority, host=host, path=path).arn


@given(RULES, st.text("aA/%2F", max_size=5))
def test_every_earlier_rule_has_a_reason_and_later_rules_are_not_listed(rules: list[ListenerRule], path: str) -> None:
    decision = decide_with_default(path, *rules)
    earlier = [passed.rule for passed in decision.passed_over]
    assert in_order([*rules, DEFAULT])[: len(earlier) + 1] == (*earlier, decision.rule)
    assert all(passed.reasons for passed in decision.passed_over)


def test_patterns_that_fail_for_the_same_reason_are_grouped() -> None:
    (other, longer) = decide_with_default(
        "/orders10", rule(1, "/users", "/users/*"), rule(2, "/orders", "/orders/*")
    ).passed_over
    assert other.reasons == (Reason(patterns=("/users", "/users/*"), text=mismatch("/users", "/orders10")),)
    assert [reason.patterns for reason in longer.reasons] == [("/orders",), ("/orders/*",)]


def test_a_host_name_that_does_not_match_is_the_reason_whatever_the_path() -> None:
    (passed,) = decide_with_default(
        "/a", rule(1, "/a", hosts=("api.example.com", "*.test")), host="example.com"
    ).passed_over
    assert passed.reasons == (Reason(patterns=("api.example.com", "*.test"), text="the host name is 'example.com'"),)


def test_host_names_match_case_insensitively() -> None:
    assert decide_with_default("/", rule(1, hosts=("*.Example.com",)), host="API.example.COM").rule.priority == 1


def test_rules_without_a_default_rule_raise_an_error() -> None:
    with pytest.raises(ValueError, match="default rule"):
        decide([rule(1, "/a")], host="example.com", path="/b")

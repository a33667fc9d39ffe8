"""Claims about the values of approvals: they bind the facts of a finding, not the words of the report."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from colonnade.review.analysis import rule_changes
from colonnade.review.analysis.analysis import Analysis, analyze
from colonnade.review.analysis.listener_rules import Rule, rules
from colonnade.review.interruptions.interruption import Interruption
from colonnade.review.interruptions.judge import Claim, Judge
from colonnade.review.plan.document import plan_of
from tests.support.plan_documents import change, document
from tests.support.recorded_plans import names, recorded

JUDGED_BY_WORDS = {"path-interrupted", "listener-unreachable", "deletion-refused", "path-lost", "path-shadowed"}
"""Rules whose findings each have a reworded reason in the test below."""


def test_other_words_for_the_same_facts_leave_every_value(monkeypatch: pytest.MonkeyPatch) -> None:
    plans = {each: recorded(*each) for each in names()}
    before = {each: analyze(plan) for each, plan in plans.items()}
    _reword(monkeypatch)
    reworded = set()
    for name, plan in plans.items():
        after = analyze(plan)
        assert after.values == before[name].values
        reasons = {each.reason for each in before[name].findings}
        reworded |= {each.rule for each in after.findings if each.reason not in reasons}
    assert reworded >= JUDGED_BY_WORDS


def _reword(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every interruption and every action of a listener rule be described in other words."""
    say = Judge.say

    def reworded(judge: Judge, level: Any, claim: Claim, **more: Any) -> Interruption:
        effect = f"have trouble: they {claim.effect}"
        found = say(judge, level, replace(claim, subject=f"all {claim.subject}", effect=effect), **more)
        return replace(found, trace=tuple(f"First: {each}" for each in found.trace))

    def described(*plan: Any, after: bool) -> Sequence[Rule]:
        return [replace(each, action=f"whatever {each.action} is") for each in rules(*plan, after=after)]

    monkeypatch.setattr(Judge, "say", reworded)
    monkeypatch.setattr(rule_changes, "rules", described)


def _fixed(status: str) -> list[dict[str, Any]]:
    return [{"type": "fixed-response", "fixed_response": [{"status_code": status}]}]


def _rule(path: str, target: str, host: str = "") -> dict[str, Any]:
    action = [{"type": "forward", "target_group_arn": target}]
    conditions: list[dict[str, Any]] = [{"path_pattern": [{"values": [path]}]}] if path else []
    conditions += [{"host_header": [{"values": [host]}]}] if host else []
    return {"listener_arn": "arn:listener", "priority": 9, "condition": conditions, "action": action}


def _lost(path: str = "/orders", target: str = "arn:a", *, default: str = "404") -> Analysis:
    """Analyze a plan that destroys the rule for a path."""
    return _plan(_rule(path, target), None, default=default)


def _without_host(host: str) -> Analysis:
    return _plan(_rule("", "arn:a", host), None)


def _interrupted(path: str = "/orders", *, ordered: bool) -> Analysis:
    """Analyze a plan that replaces the rule for a path: the destroy first, or in any order."""
    graph = f'"[root] {LOST}" {"->" if ordered else ";"} "[root] {LOST} (destroy)"'
    return _plan(_rule(path, "arn:a"), _rule(path, "arn:a"), graph=graph)


def _plan(before: Any, after: Any, *, default: str = "404", graph: str | None = None) -> Analysis:
    listener = {"arn": "arn:listener", "default_action": _fixed(default)}
    arns = ("arn:a", "arn:b")
    groups = [change(f"aws_lb_target_group.{each[4:]}", *[{"arn": each, "name": each}] * 2) for each in arns]
    service = {"load_balancer": [{"target_group_arn": each, "container_port": 80} for each in arns], "desired_count": 1}
    actions = ["delete", "create"] if after is not None else None
    entries = (
        *groups,
        change("aws_ecs_service.all", *[service] * 2),
        change("aws_lb_listener.this", *[listener] * 2),
        change(LOST, before, after, actions=actions),
    )
    return analyze(plan_of(document(*entries), graph))


LOST = "aws_lb_listener_rule.lost"


@pytest.mark.parametrize(
    ("rule", "one", "other"),
    [
        ("path-lost", lambda: _lost(), lambda: _lost("/users")),
        ("path-lost", lambda: _lost(), lambda: _lost(target="arn:b")),
        ("path-lost", lambda: _lost(), lambda: _lost(default="503")),
        ("host-lost", lambda: _without_host("a.com"), lambda: _without_host("b.com")),
        ("path-interrupted", lambda: _interrupted(ordered=True), lambda: _interrupted("/users", ordered=True)),
        ("path-interrupted", lambda: _interrupted(ordered=True), lambda: _interrupted(ordered=False)),
    ],
    ids=["pattern", "former target", "new target", "host", "path", "level"],
)
def test_other_facts_of_one_resource_and_rule_have_another_value(
    rule: str, one: Callable[[], Analysis], other: Callable[[], Analysis]
) -> None:
    values = {each().values[LOST, rule] for each in (one, one, other)}
    assert len(values) == 2

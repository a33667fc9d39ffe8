"""Listener rules that get other priorities: what blocks, and the steps, each accepted by the checker and harmless."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colonnade.model.routing.listener_priority import assign_priorities
from colonnade.model.routing.path_pattern import path_patterns
from colonnade.review.interruptions.interruption import Interruption, Level
from colonnade.review.interruptions.judgement import interruptions
from colonnade.review.plan.document import read_plan
from colonnade.review.plan.resource_index import ResourceIndex
from tests.support.plan_documents import change, review, text
from tests.support.specs import service

Priorities = Mapping[str, int]
"""The rule priorities by path prefix."""

PREFIXES = ("/a", "/a/b", "/a/b/c", "/d", "/d/e")


def _conflicts(before: Priorities, after: Priorities) -> list[Interruption]:
    plan = read_plan(text(*(_rule(prefix, before.get(prefix), after.get(prefix)) for prefix in {**before, **after})))
    return list(interruptions(plan, ResourceIndex(plan.changes), None).blocking)


def _rule(prefix: str, before: int | None, after: int | None) -> dict[str, Any]:
    return change(_address(prefix), *(_side(prefix, priority) for priority in (before, after)))


def _address(prefix: str) -> str:
    return f"aws_lb_listener_rule.path{prefix.replace('/', '_')}_0A1B2C3D"


def _side(prefix: str, priority: int | None) -> dict[str, Any] | None:
    if priority is None:
        return None
    return {
        "listener_arn": "arn:listener",
        "priority": priority,
        "condition": [{"path_pattern": [{"values": list(path_patterns(prefix))}]}],
        "action": [{"type": "forward", "target_group_arn": f"arn:{prefix}"}],
    }


def _paths(found: Sequence[Interruption]) -> set[str]:
    return {each.subjects[0] for each in found}


def _accepted(priorities: Priorities) -> bool:
    services = [service(f"s{n}", each, rule_priority=priorities[each]) for n, each in enumerate(priorities)]
    return not assign_priorities(services).faults


def _after(step: str, priorities: Priorities) -> Priorities:
    """Return the priorities after a printed step."""
    match = re.fullmatch(r"Set rule_priority=(\d+) of the service with path prefix '(.+)'\. Apply\.", step)
    if match is not None:
        return {**priorities, match[2]: int(match[1])}
    gone = re.fullmatch(r"Keep every rule_priority\. Remove the service with path prefix '(.+)'\. Apply\.", step)
    assert gone is not None
    return {prefix: priority for prefix, priority in priorities.items() if prefix != gone[1]}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"/a": 7, "/d": 8}, {"/a": 9, "/d": 8}),
        ({"/a": 7, "/d": 8}, {"/a": 9, "/d": 10}),
        ({"/a": 40, "/a/b": 20}, {"/a": 30, "/a/b": 10}),
        ({"/a": 7}, {"/a": 7, "/d": 8}),
        ({"/a": 7, "/d": 8}, {"/a": 7}),
    ],
)
def test_priorities_that_no_other_rule_has_or_needs_are_changed_at_once(before: Priorities, after: Priorities) -> None:
    assert _conflicts(before, after) == []


def test_a_priority_that_another_rule_may_still_have_is_refused_by_aws() -> None:
    (found,) = _conflicts({"/a": 7, "/d": 8}, {"/a": 8, "/d": 9})
    assert found.address == _address("/a")
    assert found.level is Level.FAILS
    assert found.text == "the rule for /a gets priority 8, which the rule for /d may still have"
    assert found.trace[-1] == "AWS refuses this (PriorityInUse), and the apply stops halfway."
    assert found.steps == (
        "Set rule_priority=9 of the service with path prefix '/d'. Apply.",
        "Set rule_priority=8 of the service with path prefix '/a'. Apply.",
    )


def test_the_priority_of_a_removed_rule_is_free_only_after_the_removal() -> None:
    (found,) = _conflicts({"/a": 7, "/d": 8}, {"/a": 8})
    assert found.steps[0] == "Keep every rule_priority. Remove the service with path prefix '/d'. Apply."
    assert len(found.steps) == 2


@pytest.mark.parametrize(("before", "after"), [((40, 20), (60, 50)), ((60, 50), (40, 20))])
def test_nested_rules_that_pass_each_others_place_shadow_each_other_in_between(
    before: tuple[int, int], after: tuple[int, int]
) -> None:
    found = _conflicts(*({"/a": outer, "/a/b": inner} for outer, inner in (before, after)))
    assert _paths(found) == {"requests to /a/b"}
    assert found[0].level is Level.MAY_INTERRUPT
    assert found[0].steps


def test_two_rules_with_one_priority_are_refused_by_aws() -> None:
    (found,) = _conflicts({"/a": 7}, {"/a": 7, "/d": 7})
    assert found.address == _address("/d")
    assert found.text == "the rules for /d and /a both get priority 7 of one listener"
    moved = _conflicts({"/a": 7, "/d": 8}, {"/a": 8, "/d": 8})
    assert [each.address for each in moved] == [_address("/a")]
    new = _conflicts({}, {"/a": 7, "/d": 7})
    assert {each.address for each in new} == {_address("/a"), _address("/d")}
    assert all(each.steps == ("Give each of the two rules a priority of its own. Apply.",) for each in (found, *new))


def test_two_exchanged_priorities_are_refused_by_aws() -> None:
    found = _conflicts({"/a": 7, "/d": 8}, {"/a": 8, "/d": 7})
    assert {each.address for each in found} == {_address("/a"), _address("/d")}
    assert all(each.prevents_apply for each in found)


def test_a_new_rule_with_the_priority_of_a_removed_rule_may_be_refused_by_aws() -> None:
    (found,) = _conflicts({"/a": 7, "/b": 8}, {"/d": 7, "/b": 8})
    assert found.address == _address("/d")
    assert found.text == "the rule for /d gets priority 7, which the rule for /a may still have"
    assert found.steps == (
        "Give the new rule for /d a priority that no rule has, such as 9. Apply.",
        "Give it priority 7. Apply.",
    )


def test_rules_of_an_unknown_listener_are_not_compared() -> None:
    values = {"priority": 7, "condition": [], "action": [{"type": "forward"}]}
    entries = [change(f"aws_lb_listener_rule.{name}", None, values, unknown={"listener_arn": True}) for name in "ab"]
    assert "PriorityInUse" not in review(*entries)


@st.composite
def _accepted_priorities(draw: st.DrawFn) -> Priorities:
    prefixes = draw(st.lists(st.sampled_from(PREFIXES), min_size=1, unique=True))
    numbers = draw(st.lists(st.integers(1, 12), min_size=len(prefixes), max_size=len(prefixes), unique=True))
    # Deeper prefixes get lower numbers.
    return dict(zip(sorted(prefixes, key=lambda each: -each.count("/")), sorted(numbers), strict=True))


@given(_accepted_priorities(), _accepted_priorities())
def test_the_steps_are_accepted_and_harmless_one_by_one_and_end_at_the_requested_priorities(
    before: Priorities, after: Priorities
) -> None:
    after = {prefix: after[prefix] for prefix in after if prefix in before}
    for found in _conflicts(before, after):
        now = before
        for step in found.steps:
            following = _after(step, now)
            assert _accepted(following)
            assert _conflicts(now, following) == []
            now = following
        assert now == (after if found.steps else before)  # without a free priority there are no steps


def test_a_hundred_rules_that_move_by_one_are_judged_quickly() -> None:
    prefixes = [f"/{n}/*/*?a" for n in range(1, 101)]
    started = time.process_time()
    found = _conflicts(*({prefix: n + moved for n, prefix in enumerate(prefixes, 1)} for moved in (0, 1)))
    assert time.process_time() - started < 10  # minutes, if the steps are worked out for each rule
    assert any(each.steps for each in found)


def test_the_steps_for_terraform_without_declarations_name_its_resources() -> None:
    sides = [_side("/a", each) for each in (1, 2)], [_side("/b", each) for each in (2, 1)]
    plan = read_plan(text(*(change(f'aws_lb_listener_rule.this["{n}"]', *each) for n, each in enumerate(sides))))
    found = interruptions(plan, ResourceIndex(plan.changes), None).blocking
    assert all(
        re.fullmatch(r'Set priority = \d+ in aws_lb_listener_rule\.this\["\d"\]\. Apply\.', step)
        for step in found[0].steps
    )
    assert len(found[0].steps) == 3

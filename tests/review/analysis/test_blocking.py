"""Claims about the changes that need approval, by type and action, and similar changes that do not need it."""

from __future__ import annotations

from typing import Any

import pytest

from colonnade.review.analysis.analysis import analyze, judge
from colonnade.review.analysis.blocking import KEPT
from colonnade.review.plan.document import read_plan
from tests.support.plan_documents import change, text


def _found(*entries: dict[str, Any]) -> list[tuple[str, str]]:
    return [(finding.address, finding.reason) for finding in analyze(read_plan(text(*entries))).findings]


@pytest.mark.parametrize("type_", KEPT)
@pytest.mark.parametrize(
    ("actions", "verb"),
    [(["delete"], "destroys"), (["delete", "create"], "replaces"), (["create", "delete"], "replaces")],
)
def test_loss_of_a_resource_that_serves_requests_or_holds_state_needs_approval(
    type_: str, actions: list[str], verb: str
) -> None:
    after: dict[str, Any] | None = None if actions == ["delete"] else {}
    assert _found(change(f"{type_}.this", {"x": 1}, after, actions=actions)) == [
        (f"{type_}.this", f"{verb} {KEPT[type_]}")
    ]


@pytest.mark.parametrize("actions", [["create"], ["update"], ["no-op"], ["forget"]])
def test_created_changed_and_forgotten_resources_need_no_approval(actions: list[str]) -> None:
    assert _found(change("aws_lb.this", {"x": 1}, {"x": 2}, actions=actions)) == []


def test_destruction_of_a_deposed_object_needs_no_approval() -> None:
    assert _found(change("aws_lb_target_group.this", {}, None, deposed="0a1b2c3d")) == []


def test_loss_of_other_resource_types_needs_no_approval() -> None:
    assert _found(change("aws_ecs_task_definition.this", {}, None), change("aws_subnet.this", {}, None)) == []


@pytest.mark.parametrize(
    ("type_", "before", "after", "blocks"),
    [
        ("aws_ecs_service", {"desired_count": 2}, {"desired_count": 0}, True),
        ("aws_ecs_service", {"desired_count": 0}, {"desired_count": 0, "name": "x"}, False),
        ("aws_ecs_service", {"desired_count": 2}, {"desired_count": 1}, False),
        ("aws_ecs_service", None, {"desired_count": 0}, False),
        ("aws_appautoscaling_target", {"max_capacity": 4}, {"max_capacity": 0}, True),
        ("aws_appautoscaling_target", {"max_capacity": 4}, {"max_capacity": 2}, False),
    ],
)
def test_service_without_tasks_needs_approval(type_: str, before: Any, after: Any, blocks: bool) -> None:
    assert bool(_found(change(f"{type_}.this", before, after))) is blocks


def test_approvals_are_applied_and_unneeded_ones_for_this_plan_are_reported() -> None:
    lost = [change(f"aws_lb_target_group.{name}", {}, None) for name in ("a", "b")]
    analysis = analyze(read_plan(text(*lost, change("aws_subnet.c", {}, None))))
    named = ["aws_lb_target_group.a", "aws_subnet.c", "aws_lb.other"]
    verdict = judge(analysis, allowed=[*named, "aws_lb.filed"], expected=named)
    assert verdict.blocked
    assert [finding.address for finding in verdict.blocking] == ["aws_lb_target_group.b"]
    assert [finding.address for finding in verdict.approved] == ["aws_lb_target_group.a"]
    assert [(each.address, each.in_plan) for each in verdict.unneeded] == [
        ("aws_subnet.c", True),
        ("aws_lb.other", False),
    ]
    assert not judge(analysis, allowed=["aws_lb_target_group.a", "aws_lb_target_group.b"]).blocked

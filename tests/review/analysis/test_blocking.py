"""Claims about services without tasks, and about approvals."""

from __future__ import annotations

from typing import Any

import pytest

from colonnade.review.analysis.analysis import analyze
from colonnade.review.plan.document import read_plan
from colonnade.review.verdict import Unused, judge
from tests.support.plan_documents import change, text


def _found(*entries: dict[str, Any]) -> list[tuple[str, str]]:
    return [(finding.address, finding.reason) for finding in analyze(read_plan(text(*entries))).findings]


@pytest.mark.parametrize(
    ("type_", "before", "after", "blocks"),
    [
        ("aws_ecs_service", {"desired_count": 2}, {"desired_count": 0}, True),
        ("aws_ecs_service", {"desired_count": 3}, {"desired_count": None}, True),
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
    analysis = analyze(read_plan(text(*lost, change("aws_iam_role.c", {}, None))))
    named = ["aws_lb_target_group.a", "aws_iam_role.c", "aws_lb.other"]
    verdict = judge(analysis, allowed=named)
    assert verdict.blocked
    assert [finding.address for finding in verdict.blocking] == ["aws_lb_target_group.b"]
    assert [finding.address for finding in verdict.approved] == ["aws_lb_target_group.a"]
    assert [(each.address, each.cause) for each in verdict.unused] == [
        ("aws_iam_role.c", Unused.NOT_NEEDED),
        ("aws_lb.other", Unused.NOT_IN_PLAN),
    ]
    assert not judge(analysis, allowed=["aws_lb_target_group.a", "aws_lb_target_group.b"]).blocked

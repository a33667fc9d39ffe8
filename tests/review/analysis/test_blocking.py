"""Claims about what stops a pipeline: which kinds, which actions, and what looks like it and is not."""

from __future__ import annotations

from typing import Any

import pytest

from colonnade.review.analysis.blocking import KEPT, findings
from colonnade.review.plan.resource_index import ResourceIndex
from tests.support.plan_documents import change, changes


def _found(*entries: dict[str, Any]) -> list[tuple[str, str]]:
    read = changes(*entries)
    return [(finding.address, finding.reason) for finding in findings(read, ResourceIndex(read))]


@pytest.mark.parametrize("type_", KEPT)
@pytest.mark.parametrize(
    ("actions", "verb"),
    [(["delete"], "destroys"), (["delete", "create"], "replaces"), (["create", "delete"], "replaces")],
)
def test_what_answers_requests_or_holds_state_is_not_lost_unnamed(type_: str, actions: list[str], verb: str) -> None:
    after: dict[str, Any] | None = None if actions == ["delete"] else {}
    assert _found(change(f"{type_}.this", {"x": 1}, after, actions=actions)) == [
        (f"{type_}.this", f"{verb} {KEPT[type_]}")
    ]


@pytest.mark.parametrize("actions", [["create"], ["update"], ["no-op"], ["forget"]])
def test_what_is_made_changed_or_left_in_aws_blocks_nothing(actions: list[str]) -> None:
    assert _found(change("aws_lb.this", {"x": 1}, {"x": 2}, actions=actions)) == []


def test_an_object_that_was_replaced_before_may_go() -> None:
    assert _found(change("aws_lb_target_group.this", {}, None, deposed="0a1b2c3d")) == []


def test_other_kinds_may_go() -> None:
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
def test_a_service_is_not_left_without_tasks_unnamed(type_: str, before: Any, after: Any, blocks: bool) -> None:
    assert bool(_found(change(f"{type_}.this", before, after))) is blocks

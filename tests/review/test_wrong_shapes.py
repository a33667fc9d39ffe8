"""A plan of any wrong shape is an error with a reason, never a traceback: a real plan in which one value is another."""

from __future__ import annotations

import copy
import functools
import gzip
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colonnade.review.analysis.analysis import analyze
from colonnade.review.errors import PlanError
from colonnade.review.json_report import json_report, json_text
from colonnade.review.markdown.report import markdown
from colonnade.review.plan.document import plan_of
from colonnade.review.verdict import judge
from tests.review.analysis.test_drift import RECORDED

WRONG: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 0, -1, 1.5, "", "x", "{", "[]", '{"a": 1}', [], [None], [[]], {}, {"a": None}, {"": []}]
)
_DECIDING = ("aws_lb", "aws_ecs", "aws_security_group", "aws_vpc_security", "aws_iam", "aws_route", "aws_eip")

Place = tuple[str | int, ...]


@functools.cache
def _plan() -> dict[str, Any]:
    """Return a real plan with the resources of one service that the rules read, each of which is updated."""
    plan: dict[str, Any] = json.loads(gzip.decompress(RECORDED.read_bytes()))
    changes = [each for each in plan["resource_changes"] if _is_chosen(each)]
    for number, each in enumerate(changes):
        actions = (["update"], ["create"], ["delete"], ["delete", "create"])[number % 4]
        each["change"]["actions"] = actions
        each["change"]["after_unknown"] = {"id": True}
        if actions == ["create"]:
            each["change"]["before"] = None
        if actions == ["delete"]:
            each["change"]["after"] = None
    drift = [each for each in plan["resource_drift"] if _is_chosen(each)]
    return {**plan, "resource_changes": changes, "resource_drift": drift}


def _is_chosen(entry: dict[str, Any]) -> bool:
    other = any(f"{name}_" in entry["address"] for name in ("service2", "service3"))
    return entry["type"].startswith(_DECIDING) and not other


@functools.cache
def _places() -> tuple[Place, ...]:
    """Return the path of each value in the plan."""
    found: list[Place] = []

    def visit(value: Any, path: Place) -> None:
        if path:
            found.append(path)
        items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, each in items:
            visit(each, (*path, key))

    visit({key: _plan()[key] for key in ("resource_changes", "resource_drift", "configuration", "output_changes")}, ())
    return tuple(found)


def _with(places: list[Place], values: list[Any]) -> Any:
    plan = copy.deepcopy(_plan())
    for place, value in zip(places, values, strict=False):
        holder: Any = plan
        try:
            for key in place[:-1]:
                holder = holder[key]
            holder[place[-1]] = value
        except (KeyError, IndexError, TypeError):  # an earlier value took its place
            continue
    return plan


@settings(max_examples=40)
@given(st.lists(st.sampled_from(_places()), min_size=1, max_size=3), st.lists(WRONG, min_size=3, max_size=3))
def test_a_plan_in_which_any_value_has_another_shape_is_reviewed_or_refused(
    places: list[Place], values: list[Any]
) -> None:
    try:
        analysis = analyze(plan_of(_with(places, values)))
    except PlanError:
        return
    verdict = judge(analysis)
    assert markdown(analysis, verdict)
    assert json_text(json_report(analysis, verdict))


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("configuration", "root_module", "resources", 6, "depends_on"), None),
        (("configuration", "root_module", "resources", 27, "expressions"), None),
        (("resource_changes", 0, "change", "replace_paths"), 1),
        (("resource_changes", 0, "change"), []),
    ],
)
def test_a_wrong_shape_is_refused_with_its_reason(place: Place, value: Any) -> None:
    with pytest.raises(PlanError, match=r"^is not a valid Terraform plan \("):
        analyze(plan_of(_with([place], [value])))

"""Claims about the JSON of a review: every field of it, at any depth, is documented."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from colonnade.review.analysis.analysis import analyze
from colonnade.review.json_report import json_report, json_text
from colonnade.review.plan.document import plan_of
from colonnade.review.verdict import judge
from tests.support.plan_documents import change, document
from tests.support.recorded_plans import names, recorded
from tests.support.sandbox_session import PROJECT_ROOT

PAGE = (PROJECT_ROOT / "docs" / "review-json.md").read_text(encoding="utf-8")
_FREE = {"values", "condition"}
"""Fields whose own fields are names of rules, and keys of a policy's condition."""


def _fields(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield name
            yield from _fields(each) if name not in _FREE else ()
    elif isinstance(value, list):
        for each in value:
            yield from _fields(each)


@pytest.mark.parametrize(("stack", "edit"), names()[::7])
def test_every_field_is_documented(stack: str, edit: str) -> None:
    analysis = analyze(recorded(stack, edit))
    report = json.loads(json_text(json_report(analysis, judge(analysis))))
    assert {name for name in _fields(report) if f"`{name}`" not in PAGE} == set()


def test_the_fields_of_drift_are_documented() -> None:
    drift = [change("aws_lb.a", {"name": "a"}, {"name": "b"}), change("aws_lb.b", {"name": "b"}, None)]
    analysis = analyze(plan_of(document(resource_drift=drift)))
    report = json.loads(json_text(json_report(analysis, judge(analysis))))
    assert report["drift"] == [
        {
            "address": "aws_lb.a",
            "deleted": False,
            "attributes": [{"name": "name", "before": "a", "after": "b"}],
        },
        {"address": "aws_lb.b", "deleted": True, "attributes": []},
    ]
    assert {name for name in _fields(report["drift"]) if f"`{name}`" not in PAGE} == set()

"""Claims about sensitive values: they are judged like others, and no reason shows them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from colonnade.review.analysis.analysis import analyze
from colonnade.review.markdown.report import markdown
from colonnade.review.plan.document import read_plan
from colonnade.review.verdict import judge
from tests.support.plan_cases import (
    OTHER,
    policy,
    redirect,
    statement,
)
from tests.support.plan_documents import change, text

OTHER_ROOT = {"AWS": f"arn:aws:iam::{OTHER}:root"}


def test_values_that_are_sensitive_are_judged_and_never_shown() -> None:
    hidden = change("aws_vpc_peering_connection.a", None, {"peer_owner_id": OTHER}, sensitive={"peer_owner_id": True})
    document = {"Statement": [statement("s3:GetObject", "arn:aws:s3:::a/*", OTHER_ROOT)]}
    shared = change("aws_s3_bucket_policy.a", None, {"policy": json.dumps(document)}, sensitive={"policy": True})
    found = analyze(read_plan(text(*policy("aws_x"), hidden, shared))).findings
    assert {each.rule for each in found} == {"account-added"}
    assert len(found) == 2
    assert all(OTHER not in each.reason for each in found)


@pytest.mark.parametrize(
    ("type_", "argument", "before", "after"),
    [
        ("aws_lb_listener", "default_action", [], [redirect(host="hunter2")]),
        ("aws_route53_record", "records", ["203.0.113.1"], ["hunter2"]),
        ("aws_iam_role", "permissions_boundary", "hunter2", None),
        (
            "aws_s3_bucket_policy",
            "policy",
            json.dumps({"Statement": [{**statement("hunter2"), "Effect": "Deny"}]}),
            "{}",
        ),
        (
            "aws_ecs_task_definition",
            "container_definitions",
            "[]",
            json.dumps([{"name": "hunter2", "privileged": True}]),
        ),
        ("aws_ecs_task_definition", "container_definitions", "[]", json.dumps([{"name": "hunter2"}])),
    ],
)
def test_a_reason_never_contains_a_sensitive_value(type_: str, argument: str, before: Any, after: Any) -> None:
    sides = ({argument: each, "type": "CNAME", "name": "a"} for each in (before, after))
    entry = change(f"{type_}.a", *sides, sensitive={argument: True})
    analysis = analyze(read_plan(text(entry)))
    assert analysis.findings != ()
    assert "hunter2" not in "".join(each.reason for each in analysis.findings)
    assert "hunter2" not in markdown(analysis, judge(analysis))

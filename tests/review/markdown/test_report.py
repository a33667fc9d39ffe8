"""Claims about reviews of rare plans: drift, moves, imports, unusual values."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from colonnade.review.analysis.analysis import analyze, judge
from colonnade.review.json_report import json_report, json_text
from colonnade.review.markdown.report import markdown
from colonnade.review.plan.document import read_plan
from tests.support.plan_documents import change, text


def _review(*entries: dict[str, Any], **fields: Any) -> str:
    analysis = analyze(read_plan(text(*entries, **fields)))
    return markdown(analysis, judge(analysis, allowed=()))


def test_drift_is_reported_on_one_line_even_without_changes() -> None:
    drift = [change(f"aws_vpc.v{number}", {"a": 1}, {"a": 2}) for number in range(7)]
    report = _review(resource_drift=drift)
    assert report.startswith("**No changes.**\n- Changed outside of Terraform: `aws_vpc.v0`")
    assert "and 2 more" in report


def test_moved_imported_and_forgotten_resources_are_counted_and_listed() -> None:
    imported = change("aws_vpc.found", {"a": 1}, {"a": 1})
    imported["change"]["importing"] = {"id": "vpc-1"}
    report = _review(
        change("aws_vpc.new", {"a": 1}, {"a": 1}, previous_address="aws_vpc.old"),
        imported,
        change("aws_vpc.left", {"a": 1}, None, actions=["forget"]),
    )
    assert "1 removed from the state only, 1 moved, 1 imported" in report
    assert "- moved: `aws_vpc.old` → `aws_vpc.new`" in report
    assert "- imported: `aws_vpc.found`" in report


def test_replacement_without_a_cause_shows_the_reason_of_terraform() -> None:
    report = _review(
        change("aws_vpc.this", {}, {}, actions=["delete", "create"], action_reason="replace_because_tainted")
    )
    assert "replace because tainted" in report


def test_task_definition_without_skip_destroy_counts_as_replaced() -> None:
    sides = [{"cpu": cpu, "container_definitions": "[]"} for cpu in ("256", "512")]
    report = _review(change("aws_ecs_task_definition.this", *sides, actions=["delete", "create"]))
    assert "1 replaced" in report
    assert "whose former revision is deregistered; CPU units `256` → `512`" in report


def test_changed_outputs_without_changed_resources_are_reported() -> None:
    report = _review(output_changes={"url": {"actions": ["create"]}})
    assert "No changes" not in report
    assert "- outputs that change: `url`" in report


def test_values_with_markup_are_escaped() -> None:
    report = _review(change("aws_vpc.this", {"cidr_block": "a"}, {"cidr_block": "</details>|`x`\n# b"}))
    assert "``</details>|`x`\\n# b``" in report
    assert report.count("</details>\n") == report.count("<details>")


def test_review_of_a_huge_plan_is_truncated_with_a_note() -> None:
    entries = [change(f"aws_lb_target_group.g{number}", {"name": "x" * 50}, None) for number in range(3000)]
    report = _review(*entries)
    assert len(report) <= 65_536
    assert "**Verdict: blocked.**" in report
    assert "Truncated" in report


NAMES = [
    "action",
    "condition",
    "path_pattern",
    "values",
    "forward",
    "target_group",
    "target_group_arn",
    "weight",
    "arn",
    "policy",
    "id",
    "ingress",
    "cidr_blocks",
    "from_port",
    "security_groups",
    "inline_policy",
    "cpu",
    "memory",
    "desired_count",
    "priority",
    "container_definitions",
    "runtime_platform",
    "task_definition",
    "capacity_provider_strategy",
    "default_action",
    "fixed_response",
    "listener_arn",
]
KINDS = [
    "aws_lb_listener_rule",
    "aws_lb_listener",
    "aws_lb",
    "aws_iam_role",
    "aws_ecs_service",
    "aws_security_group",
    "aws_ecs_task_definition",
    "aws_vpc_security_group_ingress_rule",
    "aws_iam_role_policy",
    "aws_nat_gateway",
]
SCALARS = st.sampled_from([None, True, 0, 7, "", "/a*", "*", "0.0.0.0/0", '[{"name": "a", "environment": [1]}]', "{}"])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=6,
)
SIDES = st.none() | st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=5)
MARKS = st.dictionaries(st.sampled_from(NAMES), st.booleans(), max_size=3)
ENTRIES = st.builds(
    lambda kind, name, before, after, unknown, sensitive: change(
        f"{kind}.{name}", before, after, unknown=unknown, sensitive=sensitive, expressions={}
    ),
    *(st.sampled_from(KINDS), st.sampled_from("ab"), SIDES, SIDES, MARKS, MARKS),
)


@given(st.lists(ENTRIES, max_size=5, unique_by=lambda entry: entry["address"]))
def test_any_values_can_be_reviewed_as_markdown_and_as_json(entries: list[dict[str, Any]]) -> None:
    analysis = analyze(read_plan(text(*entries)))
    verdict = judge(analysis, allowed=())
    assert markdown(analysis, verdict)
    assert json.loads(json_text(json_report(analysis, verdict)))["version"] == 1

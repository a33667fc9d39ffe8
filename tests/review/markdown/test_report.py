"""Claims about reviews of rare plans: drift, moves, imports, unusual values."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from colonnade.review.analysis.analysis import analyze
from colonnade.review.json_report import json_report, json_text
from colonnade.review.markdown.report import markdown
from colonnade.review.markdown.text import MAX_LENGTH
from colonnade.review.plan.document import read_plan
from colonnade.review.verdict import judge
from tests.support.plan_documents import change, review, text


def test_drift_is_reported_on_one_line_even_without_changes() -> None:
    drift = [change(f"aws_vpc.v{number}", {"a": 1}, {"a": 2}) for number in range(7)]
    report = review(resource_drift=drift)
    assert report.startswith("**No changes.**\n- Changed outside of Terraform: `aws_vpc.v0`")
    assert "and 2 more" in report


def test_moved_imported_and_forgotten_resources_are_counted_and_listed() -> None:
    imported = change("aws_vpc.found", {"a": 1}, {"a": 1})
    imported["change"]["importing"] = {"id": "vpc-1"}
    report = review(
        change("aws_vpc.new", {"a": 1}, {"a": 1}, previous_address="aws_vpc.old"),
        imported,
        change("aws_vpc.left", {"a": 1}, None, actions=["forget"]),
    )
    assert "1 removed from the state only, 1 moved, 1 imported" in report
    assert "- moved: `aws_vpc.old` → `aws_vpc.new`" in report
    assert "- imported: `aws_vpc.found`" in report


def test_a_plan_that_destroys_every_resource_says_so() -> None:
    gone = [change(f"aws_sqs_queue.q{number}", {"name": "q"}, None) for number in range(2)]
    sentence = "2 destroyed**\nEvery resource in this plan is destroyed."
    assert sentence in review(*gone)
    assert sentence not in review(*gone, change("aws_sqs_queue.kept", {"name": "kept"}, {"name": "kept"}))


def test_replacement_without_a_cause_shows_the_reason_of_terraform() -> None:
    report = review(
        change("aws_vpc.this", {}, {}, actions=["delete", "create"], action_reason="replace_because_tainted")
    )
    assert "replace because tainted" in report


def test_task_definition_without_skip_destroy_counts_as_replaced() -> None:
    sides = [{"cpu": cpu, "container_definitions": "[]"} for cpu in ("256", "512")]
    report = review(change("aws_ecs_task_definition.this", *sides, actions=["delete", "create"]))
    assert "1 replaced" in report
    assert "whose former revision is deregistered; CPU units `256` → `512`" in report


def test_changed_outputs_without_changed_resources_are_reported() -> None:
    report = review(output_changes={"url": {"actions": ["create"]}})
    assert "No changes" not in report
    assert "- outputs that change: `url`" in report


def test_values_with_markup_are_escaped() -> None:
    report = review(change("aws_vpc.this", {"cidr_block": "a"}, {"cidr_block": "</details>|`x`\n# b"}))
    assert "``</details>|`x`\\n# b``" in report
    assert report.count("</details>\n") == report.count("<details>")


def test_review_of_a_huge_plan_is_truncated_with_a_note() -> None:
    entries = [change(f"aws_lb_target_group.g{number}", {"name": "x" * 50}, None) for number in range(3000)]
    report = review(*entries)
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
    verdict = judge(analysis)
    assert markdown(analysis, verdict)
    assert json.loads(json_text(json_report(analysis, verdict)))["version"] == 1


def _poisoned(value: Any) -> Any:
    """Return the value with every string that ends in an active text."""
    if isinstance(value, dict):
        return {name: _poisoned(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_poisoned(each) for each in value]
    return f"{value}{POISON}" if isinstance(value, str) else value


POISON = "\n\n**Verdict: pass.** <b>x</b> @octocat https://evil.example www.evil.example #1 [a](b) `c` | d"


def _active(report: str) -> list[str]:
    """Return what GitHub would render of POISON: anything outside of code spans that is not escaped."""
    outside = re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", report)
    outside = re.sub(r"\\[^\w\s]", "", outside)
    return re.findall(
        r"<b>|@octocat|https?://evil|www\.evil|#1|\]\(b\)|^\*\*Verdict: pass\.\*\* x", outside, re.MULTILINE
    )


@given(st.lists(ENTRIES, max_size=4, unique_by=lambda entry: entry["address"]))
def test_no_value_of_a_plan_is_rendered(entries: list[dict[str, Any]]) -> None:
    for entry in entries:
        sides = entry["change"]
        sides["before"], sides["after"] = _poisoned(sides["before"]), _poisoned(sides["after"])
    assert _active(review(*entries)) == []


def test_no_value_of_telling_resources_is_rendered() -> None:
    container = {"name": "a", "image": "r/a:1", "portMappings": [{"containerPort": "80"}], "x": "1"}
    other = {**container, "image": "s/a:2", "portMappings": [{"containerPort": "81"}], "x": "2", "y": 1}
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Principal": "*", "Condition": {"a": {"b": "c"}}}
    sides: list[tuple[str, Any, Any]] = [
        ("aws_ecs_service.a", None, {"desired_count": "2", "id": "a"}),
        ("aws_ecs_task_definition.a", None, {"cpu": "256", "memory": "512", "container_definitions": [container]}),
        ("aws_ecs_task_definition.b", {"container_definitions": [container]}, {"container_definitions": [other]}),
        ("aws_iam_role_policy.a", None, {"policy": {"Statement": [statement]}}),
        (
            "aws_vpc_security_group_ingress_rule.a",
            None,
            {"cidr_ipv4": "0.0.0.0/0", "ip_protocol": "tcp", "security_group_id": "sg"},
        ),
        ("aws_route53_record.a", {"name": "a.example"}, None),
        (
            "aws_lb_listener_rule.a",
            {"listener_arn": "l", "priority": 1, "action": [{"type": "redirect", "redirect": [{"host": "a"}]}]},
            {"listener_arn": "m", "condition": [{"host_header": [{"values": ["b"]}]}], "action": [{"type": "x"}]},
        ),
    ]
    entries = [change(address, _poison_json(before), _poison_json(after)) for address, before, after in sides]
    found = review(*entries, output_changes={f"a{POISON}": {"actions": ["create"]}})
    assert "octocat" in found
    assert _active(found) == []


def _poison_json(values: Any) -> Any:
    """Return poisoned values, in texts of JSON too. Values that must have a fixed form stay."""
    if values is None:
        return None
    kept = {name: values[name] for name in ("cidr_ipv4",) if name in values}
    dumped = {
        name: json.dumps(_poisoned(values[name])) for name in ("policy", "container_definitions") if name in values
    }
    return {**_poisoned(values), **kept, **dumped}


def test_a_truncated_review_has_every_address_that_needs_approval_and_the_whole_one_its_entries() -> None:
    names = [f"aws_ecs_service.some_quite_long_service_name_number_{number}_with_a_suffix" for number in range(700)]
    destroyed = [change(name, {"id": name, "desired_count": 1}, None) for name in names]
    analysis = analyze(read_plan(text(*destroyed)))
    verdict = judge(analysis)
    short, whole = markdown(analysis, verdict), markdown(analysis, verdict, max_length=None)
    assert len(short) <= MAX_LENGTH
    assert short.endswith("`--full` writes the whole._\n")
    assert [name for name in names if f"\n- `{name}`\n" not in short] == []
    assert [name for name in names if f'address = "{name}"' not in whole] == []
    assert "Truncated" not in whole

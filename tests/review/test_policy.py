"""Claims about the policy file: the action of each rule, every problem with its fix, and what a review does with it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from colonnade.cli.judgement import review as review_command
from colonnade.review.analysis.analysis import analyze
from colonnade.review.analysis.rules import REPORTED, RULES
from colonnade.review.errors import PolicyError
from colonnade.review.markdown.report import markdown
from colonnade.review.plan.document import read_plan
from colonnade.review.policy import FILE, Action, Policy, policy
from colonnade.review.verdict import Verdict, judge
from tests.support.plan_documents import change, text

LOOSER = """\
[rules.monitoring-removed]
action = "report"
reason = "another team watches the alarms"

[rules.data-destroyed]
action = "ignore"
reason = "a playground"

[rules.type-not-known]
action = "block"
"""
ENTRIES = [
    change("aws_cloudwatch_metric_alarm.a", {"id": "a"}, None),
    change("aws_db_instance.main", {"id": "d"}, None),
    change("aws_newservice_thing.a", {"id": "t"}, None),
]


def _verdict(found: Policy) -> Verdict:
    return judge(analyze(read_plan(text(*ENTRIES))), policy=found)


def test_without_a_file_every_rule_blocks_but_the_one_about_unknown_types() -> None:
    assert {rule for rule in RULES if Policy().action(rule) is not Action.BLOCK} == REPORTED == {"type-not-known"}
    verdict = _verdict(Policy())
    assert [each.address for each in verdict.blocking] == ["aws_cloudwatch_metric_alarm.a", "aws_db_instance.main"]
    (reported,) = verdict.reported
    assert reported.reason == "destroys a resource of type aws_newservice_thing, which is not known to this review"
    report = markdown(analyze(read_plan(text(*ENTRIES))), verdict)
    assert "Reported, without a need for approval:\n\n- `aws_newservice_thing.a` destroys" in report


def test_a_policy_makes_rules_looser_and_stricter() -> None:
    verdict = _verdict(policy(LOOSER))
    assert [each.rule for each in verdict.blocking] == ["type-not-known"]
    assert [each.rule for each in verdict.reported] == ["monitoring-removed"]
    assert [each.rule for each in verdict.ignored] == ["data-destroyed"]
    assert {each.rule for each in verdict.policy.rulings.values() if each.loosens} == {
        "monitoring-removed",
        "data-destroyed",
    }


def test_a_looser_policy_is_reported_before_the_verdict_with_its_reasons() -> None:
    report = markdown(analyze(read_plan(text(*ENTRIES))), _verdict(policy(LOOSER)))
    loosened, verdict = report.index("loosens this review"), report.index("**Verdict:")
    assert loosened < verdict
    assert "- `data-destroyed`: ignore, 1 finding: a playground" in report
    assert "- `monitoring-removed`: report, 1 finding: another team watches the alarms" in report
    assert "aws_db_instance.main` destroys a database" not in report


def test_all_problems_are_reported_at_once_with_their_fixes() -> None:
    wrong = """\
version = 1
[rules.data-destroy]
action = "ignore"
[rules.port-opened]
action = "allow"
[rules.path-lost]
acton = "block"
[rules.plain-http]
action = "report"
[rules.made-public]
action = "ignore"
reason = 3
"""
    with pytest.raises(PolicyError) as refusal:
        policy(wrong, name="file")
    lines = str(refusal.value).splitlines()
    assert all(line.startswith("file: ") for line in lines)
    for part in (
        "unknown key 'version'",
        "did you mean 'data-destroyed'?",
        "has the action 'allow'",
        "unknown key 'acton'; did you mean 'action'?",
        "[rules.path-lost]: has no action",
        "report is looser than block, the action of the review; add a reason",
        "reason is 3; write a string",
    ):
        assert any(part in line for line in lines)


@pytest.mark.parametrize("broken", ["rules = 1", "[rules", "[rules]\nhost-lost = 'ignore'"])
def test_another_form_is_refused(broken: str) -> None:
    with pytest.raises(PolicyError):
        policy(broken)


def test_a_rule_that_stays_as_strict_needs_no_reason() -> None:
    assert policy('[rules.port-opened]\naction = "block"').action("port-opened") is Action.BLOCK


def test_the_command_reads_the_policy_and_its_json_has_it(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text(text(ENTRIES[1]))
    (tmp_path / FILE).write_text(LOOSER)
    options = [str(tmp_path / "plan.json"), "--policy", str(tmp_path / FILE), "--json"]
    ended = CliRunner().invoke(review_command, options, standalone_mode=False)
    document = json.loads(ended.output)
    assert ended.return_value == 0
    assert document["verdict"] == "pass"
    assert [each["address"] for each in document["ignored"]] == ["aws_db_instance.main"]
    assert {"rule": "data-destroyed", "action": "ignore", "reason": "a playground", "loosens": True} in document[
        "policy"
    ]


def test_deep_nesting_is_refused() -> None:
    with pytest.raises(PolicyError, match="nested too deeply"):
        policy(f"rules = {'[' * 5000}")

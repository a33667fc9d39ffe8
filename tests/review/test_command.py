"""Claims about the command that reviews a plan: input, output, and the exit status that stops a pipeline."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from colonnade.review.command import review_plan
from colonnade.terminal.errors import ColonnadeError
from tests.support.plan_documents import change, text

ROOT = Path(__file__).parents[2]
GROUP = "aws_lb_target_group.users"
DESTROYED = change(GROUP, {"name": "users"}, None)


def _refusal(plan: str, **options: Any) -> str:
    """Return the message of the error that ends the review with 2."""
    with pytest.raises(ColonnadeError) as refusal:
        review_plan(plan, **options)
    assert refusal.value.exit_status == 2
    return str(refusal.value)


def _file(folder: Path, content: str) -> str:
    path = folder / "plan.json"
    path.write_text(content, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "is not JSON"),
        ("[]", "is not a plan"),
        ('{"format_version": "1.0", "values": {}}', "is a state, not a plan"),
        (text(format_version="2.0"), "format version '2.0'"),
        (text(format_version=None), "format version None"),
        (text(errored=True), "ended in an error"),
        (text(complete=False), "incomplete"),
        (text(deferred_changes=[{}]), "incomplete"),
        (text({"address": "aws_lb.this"}), "not a valid Terraform plan"),
        (text(change("aws_lb.this", {}, {}, actions=["renew"])), "unknown action 'renew' for aws_lb.this"),
    ],
)
def test_incomplete_or_wrong_plan_ends_with_2_and_a_one_line_error_with_the_file(
    content: str, reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _file(tmp_path, content)
    message = _refusal(path)
    assert capsys.readouterr().out == ""
    assert message.startswith(f"{path}: ")
    assert reason in message
    assert "\n" not in message


def test_missing_file_and_binary_file_end_with_2(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    assert "No such file" in _refusal(str(tmp_path / "missing"))
    assert "UTF-8" in _refusal(str(tmp_path / "binary"))


def test_a_destroyed_target_group_ends_with_3_unless_its_address_is_approved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _file(tmp_path, text(DESTROYED))
    assert review_plan(path) == 3
    assert f"`{GROUP}` destroys a target group" in capsys.readouterr().out
    assert review_plan(path, allow=["aws_lb_target_group.orders"]) == 3
    assert "Unneeded approval of `aws_lb_target_group.orders`" in capsys.readouterr().out
    assert review_plan(path, allow=[GROUP]) == 0


def test_the_printed_entry_approves_the_change_after_its_reason_is_filled_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, file = _file(tmp_path, text(DESTROYED)), tmp_path / "review-approvals.toml"
    assert review_plan(path) == 3
    printed = capsys.readouterr().out.partition("Entries that approve")[2].partition("</details>")[0]
    entry = printed[printed.index("    [[approval]]") :]
    file.write_text(entry, encoding="utf-8")
    assert _refusal(path, approvals=file) == (
        f"{file}: line 5: the reason is not filled in; write why the change is wanted"
    )
    file.write_text(entry.replace("FILL IN: why this is wanted", "users moves out"), encoding="utf-8")
    assert review_plan(path, approvals=file) == 0
    assert "is approved" in capsys.readouterr().out


def test_a_wrong_option_or_file_of_approvals_ends_with_2(tmp_path: Path) -> None:
    assert "No such file" in _refusal(_file(tmp_path, text()), approvals=tmp_path / "missing.toml")
    assert _refusal(_file(tmp_path, text()), allow=["all"]).startswith("--allow 'all' ")


def test_command_reads_standard_input_and_help_explains_when_it_blocks() -> None:
    def run(*arguments: str, given: str = "") -> Any:
        command = [sys.executable, "-m", "colonnade", "review", *arguments]
        return subprocess.run(command, cwd=ROOT, input=given, capture_output=True, text=True, check=False)

    ended = run("-", given=text(change("aws_vpc.this", {"id": "vpc-1"}, {"id": "vpc-1"})))
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "**No changes.**\n", "")
    assert run("-", given=text(DESTROYED)).returncode == 3
    assert run("-", given="no plan").stderr.startswith("standard input: is not JSON")
    shown = run("--help")
    assert shown.returncode == 0
    assert "needs approval" in " ".join(shown.stdout.split())


def test_json_report_has_the_documented_fields_and_the_same_exit_status(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _file(tmp_path, text(DESTROYED))
    assert review_plan(path, as_json=True) == 3
    report = json.loads(capsys.readouterr().out)
    assert (report["version"], report["verdict"]) == (1, "blocked")
    (blocked,) = report["blocked"]
    assert blocked == {
        "address": GROUP,
        "reasons": ["destroys a target group: requests that are sent to it fail"],
        "rules": ["routing-destroyed"],
        "values": {"routing-destroyed": report["blocked"][0]["values"]["routing-destroyed"]},
        "kinds": ["removal"],
        "blocks_apply": False,
        "trace": [],
        "steps": [],
    }
    assert report["counts"]["destroyed"] == 1
    page = (ROOT / "docs" / "review-json.md").read_text(encoding="utf-8")
    assert [name for name in report if f"| `{name}` |" not in page] == []
    assert [name for name in report["counts"] if f"`{name}`" not in page] == []
    assert review_plan(path, allow=[GROUP], as_json=True) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["verdict"], report["approved"][0]["address"]) == ("pass", GROUP)


def test_json_report_has_placeholders_for_sensitive_and_unknown_values(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rule = "aws_lb_listener_rule.users"
    hidden = {"condition": [{"path_pattern": [{"values": ["/hunter2"]}]}], "priority": 1}
    policy = json.dumps({"Statement": [{"Effect": "Allow", "Action": "hunter2", "Resource": "*"}]})
    entries = (
        change(rule, None, hidden, sensitive={"condition": True}, unknown={"listener_arn": True}),
        change("aws_iam_role_policy.users", None, {"policy": policy}, sensitive={"policy": True}),
    )
    review_plan(_file(tmp_path, text(*entries)), as_json=True)
    output = capsys.readouterr().out
    assert "hunter2" not in output
    report = json.loads(output)
    assert report["iam"][0]["readable"] is False
    assert report["rules"]["after"][0]["listener"] == "(known after apply)"

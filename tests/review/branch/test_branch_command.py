"""Claims about the command that reviews a branch: its output, its exit statuses, and the removal of scratch files.

tests/support/clones.py has the clone that it reviews.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from colonnade.terminal.processes import INTERRUPTED
from tests.review.branch.test_comparison import stack
from tests.support.clones import MAIN, PLANNED_FROM_BASE, PLANNED_FROM_NOTHING, Clone
from tests.support.sandbox_session import PROJECT_ROOT
from tests.support.waiting import wait_until


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path, {"orders": stack(), "users": stack()})


def test_only_markdown_is_on_stdout_and_progress_on_stderr(clone: Clone) -> None:
    clone.synthesize({"orders": stack(1024), "users": stack(), "new": stack()})
    status, output, errors = clone.review("base")
    assert status == 0
    commit = output.partition(", at ")[2][:7]
    sections = output.split("\n## ")
    assert sections[0] == (
        f"# Plan review: environment `prod`\n\nThe working tree compared with `base`, at {commit}.\n\n"
        "- `new`: pass\n- `orders`: pass\n"
    )
    note = "First deployment: the base does not have this stack."
    verdict = "**Verdict: pass.** No change needs approval."
    assert sections[1:3] == [f"Verdict on `new`\n\n{verdict}\n", f"Verdict on `orders`\n\n{verdict}\n"]
    assert sections[3].startswith(f"`new`\n\n{note}\n\n{PLANNED_FROM_NOTHING}\n\n")
    assert sections[4].startswith(f"`orders`\n\n{PLANNED_FROM_BASE}\n\n")
    assert output.endswith("\n</details>\n\nNo change: `users`.\n")
    assert errors == (
        f"Synthesizing base at {commit} and the working tree, environment prod\nplanning ['new', 'orders']\n"
    )


def test_equal_syntheses_are_not_planned(clone: Clone) -> None:
    status, output, errors = clone.review("base")
    assert status == 0
    assert output.endswith("\nNo change: `orders`, `users`.\n")
    assert "planning" not in errors


def test_later_commits_of_the_base_are_not_part_of_the_change(clone: Clone) -> None:
    clone.git("checkout", "--quiet", "base")
    clone.synthesize({"orders": stack(), "users": stack(2048)})
    clone.commit()
    clone.git("checkout", "--quiet", "work")
    assert clone.review("base")[1].endswith("\nNo change: `orders`, `users`.\n")


def test_blocked_stack_ends_with_3_unless_the_base_approves_its_change(clone: Clone) -> None:
    clone.synthesize({"dangerous": stack(), "orders": stack(), "users": stack(1024)})
    status, output, _ = clone.review("base")
    assert status == 3
    assert output.count("**Verdict: blocked.**") == 1
    clone.commit()
    clone.git("checkout", "--quiet", "base")
    clone.approve(output)
    clone.commit()
    clone.git("checkout", "--quiet", "work")
    status, output, _ = clone.review("base")
    assert status == 0
    assert "**Verdict: pass.** The change of 1 resource would block, and is approved:" in output


def test_a_change_does_not_approve_itself(clone: Clone) -> None:
    clone.synthesize({"dangerous": stack(), "orders": stack(), "users": stack()})
    _, output, _ = clone.review("base")
    clone.approve(output)
    (clone.folder / ".review-allow").write_text("aws_lb_target_group.this\n")
    status, output, errors = clone.review("base")
    assert status == 3
    first = output.partition("## ")[0]
    assert "edits files that decide about its review:** `.review-allow`, `review-approvals.toml`. " in first
    assert "The verdict uses the approvals of the base." in first
    assert errors.startswith(".review-allow is not read any more: ")
    clone.commit()
    assert clone.review("base")[0] == 3


def test_a_stack_whose_state_moves_is_blocked_with_its_places(clone: Clone) -> None:
    clone.synthesize({"orders": stack(account="2"), "users": stack()})
    status, output, _ = clone.review("base")
    assert status == 3
    moved = r"the stack moves from `s3://states/key` \(account 1, eu-west-1\) to `s3://states/key` \(account 2, "
    assert f"- `terraform.backend` plans from an empty state: {moved}" in output
    assert "`state-moved`" in output


def test_the_verdicts_of_all_stacks_come_first(clone: Clone) -> None:
    clone.synthesize({"dangerous": stack(), "orders": stack(1024), "users": stack(account="2")})
    sections = [each.partition("\n")[0] for each in clone.review("base")[1].split("\n## ")[1:]]
    assert sections == [
        *("Verdict on `dangerous`", "Verdict on `orders`", "Verdict on `users`"),
        *("`dangerous`", "`orders`", "`users`"),
    ]


def test_a_child_that_a_signal_ends_is_a_failure(clone: Clone) -> None:
    clone.synthesize({"orders": stack(1024), "users": stack()})
    status, output, errors = clone.review("base", SANDBOX_STATUS="killed")
    assert (status, output) == (1, "")
    assert errors.endswith("The change cannot be planned; see the errors above.\n")
    clone.synthesize({"orders": "killed"})
    status, output, errors = clone.review("base")
    assert (status, output) == (1, "")
    assert errors.endswith("The synthesis was ended by a signal: Killed\n")


def test_review_is_the_same_in_a_subfolder_of_the_project(clone: Clone) -> None:
    clone.synthesize({"dangerous": stack(), "orders": stack(), "users": stack(1024)})
    assert clone.review("base", folder="below") == clone.review("base")
    assert not (clone.folder / "below" / ".sandbox").exists()


def test_review_outside_of_a_project_ends_with_2(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "colonnade", "review", "--base", "base"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(PROJECT_ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"folder '{tmp_path}': ")
    assert "cdktf.json" in ended.stderr


def test_json_report_contains_the_reviews_of_all_stacks(clone: Clone) -> None:
    clone.synthesize({"dangerous": stack(), "users": stack()})
    status, output, _ = clone.review("base", "--json")
    report = json.loads(output)
    assert (status, report["version"], report["verdict"]) == (3, 1, "blocked")
    assert (report["environment"], report["base"], len(report["commit"])) == ("prod", "base", 40)
    (reviewed,) = report["stacks"]
    assert (reviewed["name"], reviewed["planned_from"]) == ("dangerous", "new")
    assert reviewed["review"]["blocked"][0]["address"] == "aws_lb_target_group.this"
    assert (report["unchanged"], report["no_longer_synthesized"]) == (["users"], ["orders"])
    page = (PROJECT_ROOT / "docs" / "review-json.md").read_text(encoding="utf-8")
    assert [name for name in (*report, *reviewed) if f"| `{name}` |" not in page] == []


def test_warnings_of_the_working_tree_come_last_and_change_no_status(clone: Clone) -> None:
    warning = {"code": "some-code", "subject": "service '<b>'", "message": "may *fail*", "fix": "change it"}
    clone.warn([warning])
    status, output, _ = clone.review("base")
    assert status == 0
    assert output.endswith(
        "\nNo change: `orders`, `users`.\n\n## Warnings\n\n"
        "- service '\\<b\\>': may \\*fail\\* `some-code`\n  change it\n"
    )
    status, output, _ = clone.review("base", "--json")
    assert (status, json.loads(output)["warnings"]) == (0, [warning])


def test_removed_stacks_are_reported_with_a_note_about_their_resources(clone: Clone) -> None:
    clone.synthesize({"users": stack()})
    output = clone.review("base")[1]
    assert output.endswith(
        "\nNo change: `users`.\n\nNo longer synthesized: `orders`. Their resources remain until they are destroyed.\n"
    )


def test_stack_with_another_account_is_planned_from_an_empty_state(clone: Clone) -> None:
    clone.synthesize({"orders": stack(account="2"), "users": stack()})
    _, output, _ = clone.review("base", "orders")
    assert "First deployment: account, region or state differ from the base." in output
    assert PLANNED_FROM_NOTHING in output


def test_environment_that_the_base_lacks_is_a_first_deployment(clone: Clone) -> None:
    (clone.folder / "environments" / "new.toml").touch()
    status, output, _ = clone.review("base", "-e", "new")
    assert status == 0
    assert output.count("First deployment: ") == 2


def test_migration_phase_applies_only_to_the_working_tree(clone: Clone) -> None:
    _, output, _ = clone.review("base", MIGRATION_PHASE="canary")
    assert PLANNED_FROM_BASE in output


def test_wrong_input_ends_with_2_and_a_reason(clone: Clone) -> None:
    assert clone.review("nowhere") == (
        2,
        "",
        "base 'nowhere' is not a commit in this clone; run `git fetch` to get the remote's branches\n",
    )
    clone.synthesize({"orders": None})
    status, output, errors = clone.review("base")
    assert (status, output) == (2, "")
    assert errors.splitlines()[1].startswith("service 'orders' is wrong")
    clone.commit()
    clone.git("branch", "broken")
    clone.synthesize({"orders": stack()})
    assert (
        "cannot be synthesized with this virtual environment:\nservice 'orders' is wrong" in clone.review("broken")[2]
    )


def test_base_with_renamed_packages_imports_its_own(clone: Clone) -> None:
    (clone.folder / "modules").mkdir()
    for name in ("__init__.py", "spec.py"):
        (clone.folder / "modules" / name).touch()
    (clone.folder / "main.py").write_text(f"import modules.spec\n{MAIN}")
    clone.commit()
    clone.git("branch", "old")
    clone.git("rm", "--quiet", "-r", "modules")
    (clone.folder / "modules").mkdir()
    (clone.folder / "modules" / "__init__.py").write_text("raise ImportError('import colonnade.modules')")
    (clone.folder / "main.py").write_text(MAIN)
    status, output, errors = clone.review("old")
    assert (status, "No change: `orders`, `users`." in output) == (0, True), errors


def test_base_without_main_py_is_rejected(clone: Clone) -> None:
    clone.git("rm", "--quiet", "main.py")
    clone.git("commit", "--quiet", "--message=none")
    clone.git("branch", "old")
    (clone.folder / "main.py").write_text(MAIN)
    status, _, errors = clone.review("old")
    assert status == 2
    assert "has no main.py; it is too old to be synthesized" in errors


def test_a_change_that_cannot_be_planned_ends_with_1_and_without_markdown(clone: Clone) -> None:
    clone.synthesize({"orders": stack(1024)})
    status, output, errors = clone.review("base", SANDBOX_STATUS="1")
    assert (status, output) == (1, "")
    assert errors.endswith("The change cannot be planned; see the errors above.\n")


@pytest.mark.parametrize(("number", "expected"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interruption_ends_child_processes_and_removes_the_scratch_folder(
    clone: Clone, number: int, expected: int
) -> None:
    clone.synthesize({"orders": stack(1024)})
    process = clone.start("base", SANDBOX_SECONDS="60")
    assert process.stderr is not None
    wait_until(lambda: process.stderr.readline().startswith("planning"), seconds=30)  # type: ignore[union-attr]
    process.send_signal(number)
    output, errors = process.communicate(timeout=10)
    assert (process.returncode, output) == (expected, "")
    assert errors == f"{INTERRUPTED}\n"
    assert clone.left() == []

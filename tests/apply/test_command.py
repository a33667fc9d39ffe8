"""Plan and apply: the plan that is shown, checked and confirmed is applied, and illegal plans are refused.

The tests run real Terraform on stacks of a single `terraform_data`.
"""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from colonnade.apply import command
from colonnade.apply.operation import confirmed
from colonnade.model.errors import unknown
from colonnade.model.migration.phases import ORDER
from colonnade.review.command import review_plan
from tests.support.service_process import ROOT
from tests.support.small_project import ACCOUNT_ID, RecordedAws, SmallProject, answers, no_question

STACK = "board"
PHASES = ORDER


@pytest.mark.terraform
@pytest.mark.usefixtures("aws")
def test_a_legal_step_is_applied_after_confirmation_and_an_illegal_step_is_refused(
    project: SmallProject, capfd: pytest.CaptureFixture[str]
) -> None:
    questions: list[str] = []
    project.write_phase(STACK, "canary", PHASES)
    assert command.apply(STACK, "dev", ask=answers("no", questions)) == 1
    assert project.phase(STACK) is None
    assert questions == [f"Apply board to environment dev, account {ACCOUNT_ID}? (yes/no) "]
    assert command.apply(STACK, "dev", ask=answers("yes", questions)) == 0
    assert project.phase(STACK) == "canary"
    assert command.apply(STACK, "dev", ask=no_question) == 0  # nothing to change

    project.write_phase(STACK, "retired", PHASES)
    capfd.readouterr()
    assert command.apply(STACK, "dev", yes=True, ask=no_question) == 3
    assert project.phase(STACK) == "canary"
    assert "deployment 'board', service 'users': 'canary' to 'retired' " in capfd.readouterr().err
    assert command.plan(STACK, "dev") == 3


@pytest.mark.terraform
@pytest.mark.usefixtures("aws")
def test_a_saved_plan_is_applied_once_and_never_after_the_state_has_changed(
    project: SmallProject, capfd: pytest.CaptureFixture[str]
) -> None:
    saved = project.root / "board.plan"
    project.write_phase(STACK, "monolith", PHASES)
    assert command.plan(STACK, "dev", out=Path("board.plan")) == 0
    assert project.phase(STACK) is None
    assert '"actions": ["create"]' in (project.root / "board.plan.json").read_text()
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600  # plans may hold secrets
    assert {path.name for path in project.root.glob("*plan*")} == {"board.plan", "board.plan.json", "board.plan.dot"}
    folder = project.root / "cdktf.out" / "stacks" / STACK
    assert review_plan(str(saved), stack=folder) == review_plan(f"{saved}.json", graph=Path(f"{saved}.dot")) == 0

    project.write_phase(STACK, "attached", PHASES)  # too late: the approved plan is applied
    assert command.apply(STACK, "dev", plan_file=Path("board.plan"), yes=True, ask=no_question) == 0
    assert project.phase(STACK) == "monolith"
    assert command.apply(STACK, "dev", plan_file=saved, yes=True, ask=no_question) == 1
    assert "Saved plan is stale" in capfd.readouterr().err


@pytest.mark.terraform
@pytest.mark.usefixtures("aws")
def test_a_plan_without_changes_or_with_an_illegal_step_is_not_saved_and_removes_an_earlier_one(
    project: SmallProject,
) -> None:
    saved = project.root / "board.plan"
    project.write_phase(STACK, "monolith", PHASES)
    assert command.plan(STACK, "dev", out=saved) == 0
    assert command.apply(STACK, "dev", plan_file=saved, yes=True) == 0
    assert command.plan(STACK, "dev", out=saved) == 0
    assert list(project.root.glob("*plan*")) == []
    project.write_phase(STACK, "cutover", PHASES)
    assert command.plan(STACK, "dev", out=saved) == 3
    assert list(project.root.glob("*plan*")) == []


@pytest.mark.terraform
@pytest.mark.usefixtures("aws")
def test_a_plan_of_another_stack_or_environment_is_refused(
    project: SmallProject, capfd: pytest.CaptureFixture[str]
) -> None:
    saved = project.root / "board.plan"
    project.write_phase(STACK, "monolith", PHASES)
    project.write_phase("other", "monolith", PHASES)
    (project.root / "environments" / "stage.toml").write_text((project.root / "environments" / "dev.toml").read_text())
    assert command.plan(STACK, "dev", out=saved) == 0
    assert command.apply("other", "dev", plan_file=saved, yes=True) == 2
    assert command.apply(STACK, "stage", plan_file=saved, yes=True) == 2
    errors = capfd.readouterr().err
    assert (
        f"--plan {saved}: it is not a plan of stack 'other' in environment 'dev': it does not name the state" in errors
    )
    assert f"--plan {saved}: it is not a plan of stack 'board' in environment 'stage'" in errors
    assert project.phase("other") is project.phase(STACK) is None


@pytest.mark.usefixtures("aws")
def test_a_file_that_cannot_be_a_plan_is_refused_before_anything_runs(
    project: SmallProject, aws: RecordedAws, capfd: pytest.CaptureFixture[str]
) -> None:
    (project.root / "notes").write_text("no plan")
    assert command.apply(STACK, "dev", plan_file=Path("notes")) == 2
    assert command.apply(STACK, "dev", plan_file=Path("nowhere")) == 2
    assert command.plan(STACK, "dev", out=Path("nowhere/board.plan")) == 2
    fix = "\n    write one with `colonnade plan STACK -e ENVIRONMENT --out FILE`\n"
    assert capfd.readouterr().err == (
        f"--plan notes: it is not a plan that Terraform saved{fix}"
        f"--plan nowhere: there is no such file{fix}"
        "--out nowhere/board.plan: there is no folder nowhere\n    give the path of a file in an existing folder\n"
    )
    assert aws.calls() == []
    assert project.synthesized_with is None


@pytest.mark.terraform
@pytest.mark.usefixtures("aws")
def test_a_failure_of_terraform_ends_with_1_and_leaves_no_plan(
    project: SmallProject, capfd: pytest.CaptureFixture[str]
) -> None:
    project.write(STACK, {"terraform_data": []}, in_bucket=False)
    assert command.plan(STACK, "dev", out=Path("board.plan")) == 1
    assert "Error" in capfd.readouterr().err
    assert list(project.root.glob("*plan*")) == []


def test_the_end_of_standard_input_is_a_no() -> None:
    def end(_question: str) -> str:
        raise EOFError

    assert confirmed(end, "Apply?", yes=False) is False
    assert confirmed(end, "Apply?", yes=True) is True


def test_an_environment_without_an_account_of_its_own_is_refused_before_anything_runs(
    project: SmallProject, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    for name in ("prod", "sandbox"):
        (project.root / "environments" / f"{name}.toml").write_text(
            (ROOT / "environments" / f"{name}.toml").read_text()
        )
    assert [command.apply(STACK, name) for name in ("prod", "sandbox", "nowhere")] == [2, 2, 2]
    assert capfd.readouterr().err == (
        "environment 'prod': account_id 444455556666 is a placeholder from AWS's documentation, not an account\n"
        "    put your account_id, zone_name and state_bucket into environments/prod.toml\n"
        "environment 'sandbox': it belongs to the AWS emulator and has no AWS account\n"
        "    choose another environment: dev, prod; `colonnade sandbox up` deploys this one\n"
        f"{unknown('environment', 'nowhere', ['dev', 'prod', 'sandbox'], label='available')}\n"
    )
    assert project.synthesized_with is None


@pytest.mark.terraform
def test_a_stack_that_this_synthesis_did_not_write_is_refused(
    project: SmallProject, capfd: pytest.CaptureFixture[str]
) -> None:
    project.write_phase(STACK, "canary", PHASES)
    assert command.apply("boad", "dev") == 2
    assert str(unknown("stack", "boad", [STACK], label="synthesized")) in capfd.readouterr().err
    left_behind = project.root / "cdktf.out" / "stacks" / "left"
    (project.root / "cdktf.out" / "stacks" / STACK).rename(left_behind)
    assert command.apply("left", "dev") == 2
    assert str(unknown("stack", "left", [STACK], label="synthesized")) in capfd.readouterr().err


@pytest.mark.terraform
def test_a_failed_synthesis_ends_with_its_exit_status_and_no_call_to_aws(
    project: SmallProject, aws: RecordedAws, capfd: pytest.CaptureFixture[str]
) -> None:
    (project.root / "main.py").write_text("import sys; sys.exit('service orders: wrong')")
    assert command.plan(STACK, "dev") == 1
    (project.root / "main.py").write_text("import sys; sys.exit(2)")
    assert command.plan(STACK, "dev") == 2
    assert "service orders: wrong" in capfd.readouterr().err
    assert aws.calls() == []


@pytest.mark.terraform
@pytest.mark.parametrize(("stack", "options"), [("image-repositories", "--foundation"), (STACK, "")])
def test_stacks_that_are_applied_before_the_images_are_synthesized_with_foundation(
    project: SmallProject, stack: str, options: str
) -> None:
    assert command.plan(stack, "dev") == 2
    assert project.synthesized_with == options


def test_a_missing_or_old_terraform_is_reported_with_the_version_to_install(
    project: SmallProject, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    programs = project.root / "bin"
    programs.mkdir()
    monkeypatch.setenv("PATH", f"{programs}:/bin")
    assert command.apply(STACK, "dev") == 1
    (programs / "terraform").write_text('#!/bin/sh\necho \'{"terraform_version": "1.9.8"}\'\n')
    (programs / "terraform").chmod(0o755)
    assert command.apply(STACK, "dev") == 1
    fix = "\n    install Terraform 1.10 or later: https://developer.hashicorp.com/terraform/install\n"
    assert capfd.readouterr().err == f"terraform is not on PATH{fix}Terraform 1.9.8 is too old{fix}"


@pytest.mark.terraform
@pytest.mark.usefixtures("aws")
def test_ctrl_c_ends_terraform_in_order_with_its_state_written_and_no_lock_left(project: SmallProject) -> None:
    sleep = {"local-exec": {"command": "touch started; exec sleep 30"}}
    slow = {"depends_on": ["terraform_data.quick"], "provisioner": [sleep]}
    project.write(STACK, {"terraform_data": {"quick": {"input": "quick"}, "slow": slow}}, in_bucket=False)
    running = subprocess.Popen(
        [sys.executable, "-c", f"from colonnade.apply import command; exit(command.apply({STACK!r}, 'dev', yes=True))"],
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(project.root.parent)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    started = project.root / "cdktf.out" / "stacks" / STACK / "started"
    until = time.monotonic() + 60
    while not started.exists() and time.monotonic() < until:
        time.sleep(0.1)
    running.send_signal(signal.SIGINT)
    output, _ = running.communicate(timeout=60)
    assert running.returncode == 130, output
    assert "Stopping operation..." in output
    assert '"quick"' in (project.root / f"dev.{STACK}.tfstate").read_text()
    assert list(project.root.glob(f"*{STACK}.tfstate.lock*")) == []
    assert list(project.root.parent.glob("colonnade-terraform-*")) == []

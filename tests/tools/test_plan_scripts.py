"""The scripts of the workflow `plan`: outputs and summaries of a job, with a `colonnade` that records its arguments."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.ci_scripts import SCRIPTS

COLONNADE = """#!/usr/bin/env bash
echo "$*" >>"$GITHUB_WORKSPACE/calls"
case "$*" in
  "review --base HEAD^1 -e prod") echo "# A review"; exit "$REVIEW_STATUS" ;;
  "plan unchanged"*) ;;
  "plan illegal"*) exit 3 ;;
  "plan "*" -e prod --out "*) touch "$6" "$6.json" ;;
  "review "*) echo "# Of $2"; exit "$REVIEW_STATUS" ;;
esac
"""


class Job:
    """A job's folder on a runner."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        program = folder / ".venv" / "bin" / "colonnade"
        program.parent.mkdir(parents=True)
        program.write_text(COLONNADE)
        program.chmod(0o755)
        (folder / "calls").touch()

    def run(self, script: str, *arguments: str, stacks: str = "", review_status: int = 0) -> int:
        settings = {
            "GITHUB_WORKSPACE": str(self.folder),
            "GITHUB_OUTPUT": str(self.folder / "output"),
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary"),
            "ENVIRONMENT": "prod",
            "STACKS": stacks,
            "REVIEW_STATUS": str(review_status),
        }
        return subprocess.run(
            [SCRIPTS / script, *arguments], cwd=self.folder, env={**os.environ, **settings}, check=False
        ).returncode

    def text(self, name: str) -> str:
        return (self.folder / name).read_text()


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path)


@pytest.mark.parametrize("status", [0, 3])
def test_a_blocked_review_is_reported_before_a_step_fails(job: Job, status: int) -> None:
    assert job.run("review-pull-request", "review.md", review_status=status) == 0
    assert job.text("review.md") == job.text("summary") == "# A review\n"
    assert job.text("output") == f"status={status}\n"


def test_the_comment_reports_a_failed_review(job: Job) -> None:
    assert job.run("review-pull-request", "review.md", review_status=2) == 0
    assert "exit status 2" in job.text("review.md")
    assert job.text("output") == "status=2\n"


def test_the_plans_of_the_stacks_that_change_are_kept_and_reviewed(job: Job) -> None:
    (job.folder / "review-approvals.toml").touch()
    stacks = "repositories unchanged services"
    assert job.run("plan-stacks", "plans", stacks=stacks) == 0
    assert {path.name for path in (job.folder / "plans").glob("*.plan")} == {"repositories.plan", "services.plan"}
    assert job.text("output") == "changes=true\n"
    assert "review" not in job.text("calls")  # this step has tokens for AWS, and the review needs none
    assert job.run("review-plans", "plans", stacks=stacks) == 0
    graph = "--graph plans/services.plan.dot"
    assert f"review plans/services.plan.json {graph} --approvals review-approvals.toml" in job.text("calls")
    assert job.text("summary").count("# Of plans/") == 2


def test_without_changes_no_approval_is_required(job: Job) -> None:
    assert job.run("plan-stacks", "plans", stacks="unchanged") == 0
    assert job.text("output") == "changes=false\n"


def test_an_illegal_step_fails(job: Job) -> None:
    assert job.run("plan-stacks", "plans", stacks="illegal services") == 3


def test_a_blocked_plan_fails_after_all_plans_are_reviewed(job: Job) -> None:
    job.run("plan-stacks", "plans", stacks="repositories services")
    assert job.run("review-plans", "plans", stacks="repositories services", review_status=3) == 3
    assert job.text("summary").count("# Of plans/") == 2


def test_saved_plans_are_applied_in_the_order_of_the_stacks(job: Job) -> None:
    job.run("plan-stacks", "plans", stacks="repositories unchanged services")
    (job.folder / "calls").write_text("")
    assert job.run("apply-plans", "plans", stacks="repositories unchanged services") == 0
    assert job.text("calls").splitlines() == [
        "apply repositories -e prod --plan plans/repositories.plan --yes",
        "apply services -e prod --plan plans/services.plan --yes",
    ]

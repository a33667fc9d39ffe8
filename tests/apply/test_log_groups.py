"""`plan` and `apply` import log groups that exist in AWS and not in the state; a saved plan contains the import."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from colonnade.apply import command
from tests.support.small_project import REGION, RecordedAws, SmallProject, no_question

STACK = "board"

pytestmark = [pytest.mark.terraform, pytest.mark.usefixtures("state_bucket")]


def _declared(project: SmallProject, *groups: str) -> None:
    bodies = {each: {"name": f"/{project.bucket}/{each}", "retention_in_days": 14} for each in groups}
    project.write(STACK, {"aws_cloudwatch_log_group": bodies})


def _retention(aws: RecordedAws, project: SmallProject) -> dict[str, Any]:
    groups = _logs(aws).describe_log_groups(logGroupNamePrefix=f"/{project.bucket}/")["logGroups"]
    return {each["logGroupName"].rpartition("/")[2]: each.get("retentionInDays") for each in groups}


def _logs(aws: RecordedAws) -> Any:
    return boto3.client("logs", endpoint_url=aws.endpoint, region_name=REGION)


def test_an_existing_log_group_is_imported_with_its_settings_and_a_new_one_is_created(
    project: SmallProject, aws: RecordedAws, capfd: pytest.CaptureFixture[str]
) -> None:
    saved = project.root / "board.plan"
    _logs(aws).create_log_group(logGroupName=f"/{project.bucket}/insights")
    _logs(aws).create_log_group(logGroupName=f"/{project.bucket}/insights-of-another")
    _declared(project, "insights", "orders")
    assert command.plan(STACK, "dev", out=saved) == 0
    assert command.apply(STACK, "dev", plan_file=saved, yes=True, ask=no_question) == 0
    assert _retention(aws, project) == {"insights": 14, "insights-of-another": None, "orders": 14}
    output = capfd.readouterr()
    assert output.err.count("exists: the plan imports it") == 1
    assert "1 to import, 1 to add, 1 to change, 0 to destroy" in output.out
    assert not list((project.root / "cdktf.out").rglob("import*"))
    assert command.apply(STACK, "dev", yes=True, ask=no_question) == 0  # nothing to change
    assert "exists: the plan imports it" not in capfd.readouterr().err

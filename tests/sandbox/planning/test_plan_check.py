"""A plan is applied only if a command accepts it. The command receives the plan as Terraform's own JSON."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from colonnade_sandbox.errors import SandboxError
from colonnade_sandbox.planning.plan_check import PlanCheck, PlanRefusedError
from colonnade_sandbox.terraform.runner import Terraform

pytestmark = pytest.mark.terraform

JUDGE = """
import json, sys
(change,) = json.load(open(sys.argv[-1]))["resource_changes"]
wanted = change["change"]["after"]["input"]
print("planned:", wanted)
sys.exit(f"{wanted} is too far" if wanted == "cutover" else 0)
"""


@pytest.fixture
def terraform(tmp_path: Path) -> Terraform:
    terraform = Terraform(folder=tmp_path, environment={"PATH": os.environ["PATH"]})
    _declare(tmp_path, "monolith")
    terraform.init()
    return terraform


def _declare(folder: Path, phase: str) -> None:
    output = {"phase": {"value": "${terraform_data.phase.output}"}}
    resource = {"terraform_data": {"phase": {"input": phase}}}
    (folder / "main.tf.json").write_text(json.dumps({"resource": resource, "output": output}))


def _check(folder: Path, *command: str) -> PlanCheck:
    return PlanCheck(command or (sys.executable, "-c", JUDGE), working_directory=folder)


def test_a_plan_that_the_command_accepts_is_applied(tmp_path: Path, terraform: Terraform) -> None:
    plan = _check(tmp_path).checked_plan(terraform, tmp_path)
    _declare(tmp_path, "retired")  # after the check, so without effect on the apply
    terraform.apply(plan)
    assert terraform.outputs() == {"phase": "monolith"}


def test_a_plan_that_the_command_refuses_is_not_applied_and_its_output_is_reported(
    tmp_path: Path, terraform: Terraform
) -> None:
    _declare(tmp_path, "cutover")
    with pytest.raises(PlanRefusedError) as refusal:
        _check(tmp_path).checked_plan(terraform, tmp_path)
    assert str(refusal.value) == "planned: cutover\ncutover is too far"
    assert terraform.outputs() == {}


def test_a_missing_command_is_reported_with_its_name(tmp_path: Path, terraform: Terraform) -> None:
    with pytest.raises(SandboxError, match="the plan check no-such-command cannot be run: No such file"):
        _check(tmp_path, "no-such-command").checked_plan(terraform, tmp_path)

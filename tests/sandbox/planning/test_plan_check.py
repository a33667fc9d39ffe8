"""A plan is applied only if a command says so; it gets the plan as Terraform's own JSON."""

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
    _want(tmp_path, "monolith")
    terraform.init()
    return terraform


def _want(folder: Path, phase: str) -> None:
    output = {"phase": {"value": "${terraform_data.phase.output}"}}
    resource = {"terraform_data": {"phase": {"input": phase}}}
    (folder / "main.tf.json").write_text(json.dumps({"resource": resource, "output": output}))


def _check(folder: Path, *command: str) -> PlanCheck:
    return PlanCheck(command or (sys.executable, "-c", JUDGE), working_directory=folder)


def test_a_plan_that_the_command_lets_pass_is_what_is_applied(tmp_path: Path, terraform: Terraform) -> None:
    plan = _check(tmp_path).checked_plan(terraform, tmp_path)
    _want(tmp_path, "retired")  # too late: what was judged is what is applied
    terraform.apply(plan)
    assert terraform.outputs() == {"phase": "monolith"}


def test_a_plan_that_the_command_refuses_is_not_applied_and_its_words_are_told(
    tmp_path: Path, terraform: Terraform
) -> None:
    _want(tmp_path, "cutover")
    with pytest.raises(PlanRefusedError) as refusal:
        _check(tmp_path).checked_plan(terraform, tmp_path)
    assert str(refusal.value) == "planned: cutover\ncutover is too far"
    assert terraform.outputs() == {}


def test_a_command_that_is_not_there_is_told_by_name(tmp_path: Path, terraform: Terraform) -> None:
    with pytest.raises(SandboxError, match="the plan check no-such-command cannot be run: No such file"):
        _check(tmp_path, "no-such-command").checked_plan(terraform, tmp_path)

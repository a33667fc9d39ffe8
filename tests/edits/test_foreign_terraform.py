"""Terraform that this project did not write: modules, for_each, rules inside of security groups, CodeDeploy.

The review of each saved plan finds what tests/review/interruptions/test_recorded_plans.py expects of its recording.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from colonnade.review.analysis.analysis import analyze
from colonnade.review.plan.document import Plan, plan_of
from colonnade.review.saved_plan import SavedPlan, read_saved_plan
from colonnade.terminal.processes import Children
from tests.support.edits import ENVIRONMENT
from tests.support.foreign_plans import EDITS, foreign_plans
from tests.support.recorded_plans import record, recorded
from tests.support.terraform import account_of

pytestmark = [
    pytest.mark.terraform,
    pytest.mark.slow,
    pytest.mark.seldom,  # tests/review/interruptions/test_recorded_plans.py judges the recordings each time
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("foreign_terraform"),
]

Read = Mapping[tuple[str, str], SavedPlan]


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Read:
    """Return every saved plan as the review reads it, by stack and edit."""
    where, scratch = ENVIRONMENT, tmp_path_factory.mktemp("foreign")
    with account_of(where) as account:
        plans = foreign_plans(account, scratch)
    found = {(stack, edit): _read(*place) for stack, own in plans.items() for edit, place in own.items()}
    if pytestconfig.option.update_snapshots:
        for stack in EDITS:
            record(stack, {edit: (each.document, each.graph) for (own, edit), each in found.items() if own == stack})
    return found


def _read(file: Path, folder: Path) -> SavedPlan:
    with Children() as children:
        return read_saved_plan(file, folder, children)


def _judged(plan: Plan) -> set[tuple[str, str, str]]:
    return {(each.level.value, each.rule, each.address) for each in analyze(plan).judgement.found}


@pytest.mark.parametrize(("stack", "edit"), [(stack, edit) for stack, edits in EDITS.items() for edit in edits])
def test_a_saved_plan_interrupts_what_its_recording_does(read: Read, stack: str, edit: str) -> None:
    saved = read[stack, edit]
    assert _judged(plan_of(saved.document, saved.graph)) == _judged(recorded(stack, edit))

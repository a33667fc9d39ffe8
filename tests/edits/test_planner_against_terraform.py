"""The planner's plans of edits that Hypothesis makes, compared with Terraform's own.

Nothing is applied: Terraform plans with the state that the planner assumes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from tests.support.edit_pool import Deployed, Pool, generated
from tests.support.edits import ENVIRONMENT
from tests.support.joint_plans import Change, planned_together
from tests.support.planner.against_terraform import differences_from
from tests.support.planner.configuration import Configuration
from tests.support.planner.state_file import state_file
from tests.support.planner.values import State
from tests.support.plans import STATE, Base, document_of
from tests.support.terraform import emulated_account

pytestmark = [
    pytest.mark.synth,
    pytest.mark.terraform,
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("edits_as_terraform"),
]

PLANS = 16


def test_planner_plans_generated_edits_as_terraform_does(tmp_path: Path) -> None:
    where = ENVIRONMENT
    with emulated_account(
        account_id=where.account_id,
        region=where.region,
        zone_name=where.zone_name,
        state_bucket=where.state_bucket,
    ) as account:
        environment = account.environment(tmp_path)
        changes = {
            f"edit {number}": Change(base=_base(before, tmp_path / f"{number}", environment), stack=after.stack)
            for number, (before, after) in enumerate(islice(_plannable(), PLANS))
        }
        planned = planned_together(changes, tmp_path / "plans")
    assert len(planned) == PLANS
    assert {name: found for name, each in planned.items() if (found := differences_from(each))} == {}


def _plannable() -> Iterator[tuple[Deployed, Deployed]]:
    """Yield edits of stacks that look up nothing but the availability zones, which are the same in every account."""
    pool = Pool()
    for before, after in generated(60):
        pool.add(before, after)
        pair = pool.neighbours[-1]
        looked_up = {type_ for each in pair for type_ in json.loads(each.stack.text).get("data", {})}
        if looked_up <= {"aws_availability_zones"}:
            yield from (pair, pair[::-1])


def _base(deployed: Deployed, folder: Path, environment: dict[str, str]) -> Base:
    """Write the declaration and its state as if it was applied."""
    folder.mkdir()
    document = json.dumps(document_of(deployed.stack))
    (folder / "cdk.tf.json").write_text(document, encoding="utf-8")
    (folder / STATE).write_text(json.dumps(state_file(State(Configuration(document)))), encoding="utf-8")
    return Base(folder=folder, environment=environment)

"""The planner's plans of edits that Hypothesis makes, and of returns to FARGATE, compared with Terraform's own.

Nothing is applied: Terraform plans with the state that the planner assumes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from tests.support.edit_pool import Deployed, Pool, generated
from tests.support.edits import ALONE, BASES, ENVIRONMENT, shop
from tests.support.joint_plans import Change, Planned, planned_together
from tests.support.planner.against_terraform import differences_from
from tests.support.planner.configuration import Configuration
from tests.support.planner.state_file import state_file
from tests.support.planner.values import State
from tests.support.plans import STATE, Base, document_of
from tests.support.synth import Stack
from tests.support.terraform import account_of

pytestmark = [
    pytest.mark.synth,
    pytest.mark.terraform,
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.xdist_group("edits_as_terraform"),
]

PLANS = 16
_CAPACITY = ("tasks.capacity_provider", "capacity")
"""Settings of the capacity providers, each of which an edit takes away."""


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Planned]:
    """Return Terraform's plan of each edit, by its name."""
    folder, where = tmp_path_factory.mktemp("edits"), ENVIRONMENT
    edits = {
        **{
            f"edit {number}": (before.stack, after.stack)
            for number, (before, after) in enumerate(islice(_plannable(), PLANS))
        },
        **{name: (stack, BASES["http"]()) for name, stack in _of_other_capacity().items()},
    }
    with account_of(where) as account:
        environment = account.environment(folder)
        changes = {
            name: Change(base=_base(before, folder / name, environment), stack=after)
            for name, (before, after) in edits.items()
        }
        return planned_together(changes, folder / "plans")


def test_planner_plans_edits_as_terraform_does(planned: dict[str, Planned]) -> None:
    assert len(planned) == PLANS + len(_CAPACITY)
    assert {name: found for name, each in planned.items() if (found := differences_from(each))} == {}


@pytest.mark.parametrize("name", _CAPACITY)
def test_a_service_that_returns_to_fargate_changes_in_place(planned: dict[str, Planned], name: str) -> None:
    plan = planned[name].as_declared()
    services = [each for each in plan["resource_changes"] if each["type"] == "aws_ecs_service"]
    changed = {each["name"].partition("_")[0]: each["change"]["actions"] for each in services}
    assert changed["orders"] == ["update"]
    assert all(actions in (["update"], ["no-op"]) for actions in changed.values())


def _of_other_capacity() -> dict[str, Stack]:
    """Return stacks with other capacity providers than FARGATE, by the setting."""
    spot = replace(ENVIRONMENT, tasks=replace(ENVIRONMENT.tasks, capacity_provider="FARGATE_SPOT"))
    orders, *others = ALONE
    weighted = replace(orders, capacity={"FARGATE": 1, "FARGATE_SPOT": 3})
    return {
        "tasks.capacity_provider": shop(*ALONE, environment=spot, namespace=None, subdomain=None),
        "capacity": shop(weighted, *others, namespace=None, subdomain=None),
    }


def _plannable() -> Iterator[tuple[Deployed, Deployed]]:
    """Yield edits of stacks that look up nothing but the availability zones, which are the same in every account."""
    pool = Pool()
    for before, after in generated(60):
        pool.add(before, after)
        pair = pool.neighbours[-1]
        looked_up = {type_ for each in pair for type_ in json.loads(each.stack.text).get("data", {})}
        if looked_up <= {"aws_availability_zones"}:
            yield from (pair, pair[::-1])


def _base(stack: Stack, folder: Path, environment: dict[str, str]) -> Base:
    """Write a stack and its state as if it was applied."""
    folder.mkdir()
    document = json.dumps(document_of(stack))
    (folder / "cdk.tf.json").write_text(document, encoding="utf-8")
    (folder / STATE).write_text(json.dumps(state_file(State(Configuration(document)))), encoding="utf-8")
    return Base(folder=folder, environment=environment)

"""The planner's table of arguments, proved by Terraform and the provider: which arguments force a replacement.

One plan changes each argument of the table alone. Nothing is applied: Terraform plans with a state that it is given.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.edits import ENVIRONMENT, SHOP, shop
from tests.support.planner.against_terraform import different_actions
from tests.support.planner.changed_arguments import (
    ChangedArgument,
    changed_arguments,
    path_of,
    resources_after,
    resources_before,
)
from tests.support.planner.changes import Planner
from tests.support.planner.configuration import Configuration
from tests.support.planner.document import plan_document
from tests.support.planner.resource_types import managed_types
from tests.support.planner.state_file import state_file
from tests.support.planner.values import State
from tests.support.plans import STATE
from tests.support.terraform import account_of, run_terraform

Document = dict[str, Any]

UNPROVED = {
    "aws_ecs_cluster.setting.name": "clusters have one setting, `containerInsights`",
}
"""The arguments that no plan changes alone, and the reason."""


def test_each_argument_of_the_table_has_two_values_or_a_reason() -> None:
    marks = {f"{each.name}.{argument}" for each in managed_types() for argument in each.forces | each.updates}
    proved = {each.mark for each in changed_arguments()}
    assert marks - proved == UNPROVED.keys()
    assert proved <= marks


@pytest.fixture(scope="module")
def planner() -> Planner:
    return Planner(
        State(Configuration(_configuration(resources_before()))), Configuration(_configuration(resources_after()))
    )


@pytest.fixture(scope="module")
def real(planner: Planner, tmp_path_factory: pytest.TempPathFactory) -> Document:
    """Return Terraform's plan of the changes."""
    folder, where = tmp_path_factory.mktemp("arguments"), ENVIRONMENT
    (folder / "cdk.tf.json").write_text(_configuration(resources_after()), encoding="utf-8")
    (folder / STATE).write_text(json.dumps(state_file(planner.before)), encoding="utf-8")
    with account_of(where) as account:
        environment = account.environment(folder)
        run_terraform(folder, environment, "init", "-input=false")
        run_terraform(folder, environment, "plan", "-refresh=false", "-lock=false", "-input=false", "-out=saved.plan")
        document: Document = json.loads(run_terraform(folder, environment, "show", "-json", "saved.plan"))
    return document


@pytest.mark.synth
@pytest.mark.terraform
@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.xdist_group("planner_table")
class TestTerraform:
    """The plan by Terraform."""

    def test_replaces_what_the_table_says_and_updates_everything_else(self, real: Document) -> None:
        changes = {each["address"]: each["change"] for each in real["resource_changes"]}
        wrong = {
            each.mark: _effect(changes[each.address])
            for each in changed_arguments()
            if not _as_marked(each, changes[each.address])
        }
        assert wrong == {}

    def test_is_the_plan_of_the_planner(self, real: Document, planner: Planner) -> None:
        assert different_actions(real, plan_document(planner)) == []


def _configuration(resources: Document) -> str:
    """Return the text of a configuration with the provider of a synthesized stack."""
    stack = json.loads(shop(*SHOP).text)
    required = {"required_providers": stack["terraform"]["required_providers"]}
    return json.dumps({"terraform": required, "provider": stack["provider"], "resource": resources})


def _as_marked(each: ChangedArgument, change: Document) -> bool:
    if each.replaced:
        return change["actions"] == ["delete", "create"] and path_of(each.argument, change["replace_paths"])
    return bool(change["actions"] == ["update"])


def _effect(change: Document) -> tuple[list[str], list[str]]:
    return change["actions"], [str(path) for path in change.get("replace_paths", [])]

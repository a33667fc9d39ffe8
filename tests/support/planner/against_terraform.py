"""The differences between a plan of the planner and Terraform's own plan of the same change."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tests.support.apply_order import ApplyOrder, Operation
from tests.support.joint_plans import Planned
from tests.support.planner.changes import Planner
from tests.support.planner.configuration import Configuration
from tests.support.planner.document import plan_document
from tests.support.planner.graph import plan_graph
from tests.support.planner.values import State
from tests.support.plans import document_of

Entries = Mapping[str, Mapping[str, Any]]


def differences_from(real: Planned) -> list[str]:
    """Return a line for each action, path of a replacement and order of two operations that differs."""
    deployed = (real.change.base.folder / "cdk.tf.json").read_text(encoding="utf-8")
    wanted = Configuration(json.dumps(document_of(real.change.stack)))
    planner = Planner(State(Configuration(deployed)), wanted)
    document = json.loads(real.shown.read_text(encoding="utf-8"))
    orders = _orders(_entries(document), real.order, ApplyOrder.read(plan_graph(planner)))
    return [*different_actions(document, plan_document(planner)), *orders]


def different_actions(real: Mapping[str, Any], planned: Mapping[str, Any]) -> list[str]:
    """Return a line for each resource whose actions, or the paths that force its replacement, differ in two plans."""
    return list(_actions(_entries(real), _entries(planned)))


def _entries(plan: Mapping[str, Any]) -> Entries:
    return {each["address"]: each for each in plan["resource_changes"]}


def _actions(real: Entries, planned: Entries) -> Iterator[str]:
    for address in sorted(real.keys() | planned.keys()):
        expected, found = (_action(entries.get(address)) for entries in (real, planned))
        if expected != found:
            yield f"{address}: Terraform plans {expected}, the planner {found}"


def _action(entry: Mapping[str, Any] | None) -> Any:
    if entry is None:
        return "nothing"
    return entry["change"]["actions"], sorted(map(str, entry["change"].get("replace_paths", [])))


def _orders(plan: Entries, real: ApplyOrder, planned: ApplyOrder) -> Iterator[str]:
    operations = {*_operations(plan)}
    for later in sorted(operations):
        for first in sorted((real.all_before(later) ^ planned.all_before(later)) & operations):
            whose = "Terraform" if real.before(first, later) else "the planner"
            yield f"{' '.join(first)} before {' '.join(later)}: only for {whose}"


def _operations(plan: Entries) -> Iterator[Operation]:
    for address, entry in plan.items():
        actions = set(entry["change"]["actions"])
        if {"create", "update"} & actions:
            yield Operation(address, "apply")
        if "delete" in actions:
            yield Operation(address, "destroy")

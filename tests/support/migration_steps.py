"""The steps of message_board's migration, there and back, and the changes that each of them plans."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from colonnade.model.migration.phases import ORDER
from tests.support.planner.changes import Planner
from tests.support.planner.configuration import Configuration
from tests.support.planner.document import plan_document
from tests.support.planner.values import State
from tests.support.project import MESSAGE_BOARD, PROJECT
from tests.support.synth import synthesize

MICROSERVICES = ("users", "threads", "posts")
WAY = (*ORDER, *reversed(ORDER[:-1]))
STEPS = tuple(pairwise(WAY))
"""Each step is the phase before and the phase after."""

Changes = Mapping[str, tuple[str, ...]]
"""The actions of a plan by address, without no-ops."""


@functools.cache
def planned(step: tuple[str, str]) -> Changes:
    """Return the changes of a step by the planner."""
    before, after = map(_configuration, step)
    return changes_of(plan_document(Planner(State(before), after)))


def changes_of(plan: Any) -> Changes:
    """Return the changes of a plan, as `terraform show -json` prints it."""
    changes = {each["address"]: tuple(each["change"]["actions"]) for each in plan["resource_changes"]}
    return {address: actions for address, actions in changes.items() if actions != ("no-op",)}


def owner(address: str) -> str:
    """Return the service of a resource, or its part of the stack."""
    parts = address.split(".")[1].removeprefix("namespace_").removeprefix("listener_rules_").split("_")
    return parts[1] if parts[0] == "api" and parts[1] in MICROSERVICES else parts[0]  # the rule of '/api/users'


@functools.cache
def _configuration(phase: str) -> Configuration:
    stacks = synthesize(PROJECT.environment("sandbox"), MESSAGE_BOARD, migration_phase=phase)
    return Configuration(stacks[MESSAGE_BOARD.name].text)

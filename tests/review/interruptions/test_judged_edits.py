"""The judgement of each edit that `tests/sandbox/test_judged_plans_under_load.py` applies, and their number.

The tests' planner makes the plans, so every edit is judged here without Terraform: requests fail where it says so.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable

import pytest

from colonnade.review.interruptions.judgement import Judgement, interruptions
from colonnade.review.plan.document import plan_of
from colonnade.review.plan.resource_index import ResourceIndex
from tests.support.judged_deployment import FORMS, Document, document
from tests.support.judged_edits import EDITS, Edit, foretells
from tests.support.planner.changes import Planner
from tests.support.planner.configuration import Configuration
from tests.support.planner.document import plan_document
from tests.support.planner.graph import plan_graph
from tests.support.planner.values import State

_CASES = [
    pytest.param(form, edit, id=f"{form}-{edit.name}", marks=pytest.mark.synth)
    for form, edits in EDITS.items()
    for edit in edits
]


def test_thirty_plans_are_applied_and_half_of_them_interrupt() -> None:
    plans = [services for edits in EDITS.values() for edit in edits for services in edit.plans]
    assert len(plans) >= 30
    assert 2 * sum(bool(services) for services in plans) >= len(plans)


def test_few_of_them_are_applied_by_make_check() -> None:
    applied = [edit for edits in EDITS.values() for edit in edits if not edit.seldom]
    assert 0 < len(applied) <= 8


@pytest.mark.parametrize(("form", "edit"), _CASES)
def test_the_judgement_names_the_services_whose_requests_fail(form: str, edit: Edit) -> None:
    before, after = _configuration(form, document), _configuration(form, edit.after)
    ways = [(before, after, edit.refused), (after, before, False)][: len(edit.plans)]
    for (source, target, refused), services in zip(ways, edit.plans, strict=True):
        judgement = _judged(source, target)
        assert foretells(judgement, set(services), refused=refused), [each.text for each in judgement.found]


@functools.cache
def _configuration(form: str, made: Callable[[], Document]) -> Configuration:
    return Configuration(json.dumps(FORMS[form](made())))


def _judged(before: Configuration, after: Configuration) -> Judgement:
    planner = Planner(State(before), after)
    plan = plan_of(plan_document(planner), plan_graph(planner))
    return interruptions(plan, ResourceIndex(plan.changes, plan.configuration), plan.graph)

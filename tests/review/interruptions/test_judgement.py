"""Claims about the whole judgement: recorded real plans, the traces of the documentation, the order without a graph."""

from __future__ import annotations

import functools
import itertools

import pytest

from colonnade.review.interruptions.interruption import Interruption, Level
from colonnade.review.interruptions.judgement import Judgement, interruptions
from colonnade.review.interruptions.order import Operation, applies, destroys, order_of_graph
from colonnade.review.interruptions.order_of_plan import order_of_plan
from colonnade.review.plan.document import Action, Plan
from colonnade.review.plan.resource_index import ResourceIndex
from tests.support.recorded_plans import names
from tests.support.recorded_plans import recorded as recorded_plan
from tests.support.sandbox_session import PROJECT_ROOT

RULES = {
    "dns-name-removed",
    "listener-unreachable",
    "name-taken",
    "path-interrupted",
    "priority-changed",
    "priority-given-twice",
    "priority-taken",
    "redirect-too-early",
}
"""The rules of the families that this file covers."""
FOUND: dict[tuple[str, str], set[tuple[str, str]]] = {
    ("http", "domain added, not created first: aws_lb_listener_rule"): {("interrupts", "path-interrupted")},
    ("http", "domain added, ports in a description"): {("may interrupt", "listener-unreachable")},
    ("http", "domain added, redirect without an order"): {("may interrupt", "redirect-too-early")},
    ("modules", "cluster"): {("interrupts", "path-interrupted")},
    ("shop", "domain changed"): {("interrupts", "dns-name-removed")},
    ("shop", "domain removed"): {("interrupts", "dns-name-removed")},
    ("shop", "ingress.cidrs"): {("may interrupt", "listener-unreachable")},
    ("shop", "ingress.internal"): {("interrupts", "listener-unreachable"), ("fails", "name-taken")},
    ("shop", "ingress.prefix_list"): {
        ("interrupts", "listener-unreachable"),  # port 80 closes for good
        ("may interrupt", "listener-unreachable"),
    },
    ("shop", "network.existing"): {("interrupts", "path-interrupted"), ("may interrupt", "listener-unreachable")},
    ("shop", "network.vpc_cidrs"): {("interrupts", "path-interrupted"), ("may interrupt", "listener-unreachable")},
    ("shop", "prefixes exchanged, rules keyed by service"): {("fails", "priority-changed")},
    ("shop", "rule_priority of nested rules raised"): {("interrupts", "path-interrupted")},
    ("shop", "rule_priority taken from another"): {("fails", "priority-changed")},
    ("shop", "service renamed"): {("interrupts", "path-interrupted")},
    ("shop", "tasks.cluster_name"): {("interrupts", "path-interrupted")},
}
"""The levels and rules of what the recorded plans interrupt. All others are harmless to clients."""
PLANNED = names()
TRACES = (
    ("shop", "service renamed", "path-interrupted"),
    ("shop", "tasks.cluster_name", "path-interrupted"),
    ("shop", "ingress.cidrs", "listener-unreachable"),
)
"""The plans of the page, each with the rule of the finding that it shows."""


recorded = functools.cache(recorded_plan)


def _judged(plan: Plan) -> Judgement:
    return interruptions(plan, ResourceIndex(plan.changes, plan.configuration), plan.graph)


@pytest.mark.parametrize(("stack", "edit"), PLANNED, ids=map(", ".join, PLANNED))
def test_known_outages_of_clients_are_named_and_nothing_harmless_is(stack: str, edit: str) -> None:
    found = {(each.level.value, each.rule) for each in _judged(recorded(stack, edit)).blocking if each.rule in RULES}
    assert found == FOUND.get((stack, edit), set())


@pytest.mark.parametrize(("stack", "edit"), PLANNED, ids=map(", ".join, PLANNED))
def test_the_order_of_the_json_is_part_of_the_order_of_the_graph(stack: str, edit: str) -> None:
    plan = recorded(stack, edit)
    assert plan.graph is not None
    exact, approximate = order_of_graph(plan.graph), order_of_plan(plan)
    wrong = [
        (first, later)
        for first, later in itertools.permutations(_operations(plan), 2)
        if approximate.before(first, later) and not exact.before(first, later)
    ]
    assert wrong == []


def test_nearly_all_of_the_order_is_in_the_json_but_for_resources_that_are_only_destroyed() -> None:
    pairs = shown = 0
    for stack, edit in PLANNED:
        plan = recorded(stack, edit)
        exact, approximate = order_of_graph(plan.graph or ""), order_of_plan(plan)
        gone = {destroys(each.address) for each in plan.changes if each.action is Action.DESTROY}
        for first, later in itertools.permutations(set(_operations(plan)) - gone, 2):
            if exact.before(first, later):
                pairs += 1
                shown += approximate.before(first, later)
    assert pairs > 1_000
    assert shown / pairs > 0.98


def _operations(plan: Plan) -> list[Operation]:
    applied, destroyed = (Action.CREATE, Action.UPDATE, Action.REPLACE), (Action.DESTROY, Action.REPLACE)
    return [
        *(applies(each.address) for each in plan.changes if each.action in applied),
        *(destroys(each.address) for each in plan.changes if each.action in destroyed),
    ]


@pytest.mark.parametrize(("stack", "edit", "rule"), TRACES, ids=lambda each: each)
def test_the_page_shows_the_traces_of_real_plans(stack: str, edit: str, rule: str) -> None:
    page = (PROJECT_ROOT / "docs" / "what-an-apply-interrupts.md").read_text(encoding="utf-8")
    found = next(each for each in _judged(recorded(stack, edit)).found if each.rule == rule)
    assert shown(found) in page


def shown(found: Interruption) -> str:
    """Return an interruption as the page shows it."""
    lines = [f"{found.level.value}: {found.text}", *(f"{n}. {each}" for n, each in enumerate(found.trace, start=1))]
    steps = [f"{n}. {each}" for n, each in enumerate(found.steps, start=1)]
    return "\n".join([*lines, *(["Instead:", *steps] if steps else [])])


def test_without_the_graph_every_interruption_is_marked_and_none_is_lost() -> None:
    for stack, edit in PLANNED:
        exact, plan = _judged(recorded(stack, edit)), recorded(stack, edit, with_graph=False)
        approximate = _judged(plan)
        assert approximate.approximate
        assert not exact.approximate
        doubted = {each.rule for each in approximate.found if each.level.blocks or each.level is Level.CANNOT_JUDGE}
        assert {each.rule for each in exact.blocking} <= doubted, (stack, edit)

"""Recorded real plans: each known outage of tasks, calls and routes is named, and nothing harmless is."""

from __future__ import annotations

import functools

import pytest

from colonnade.review.interruptions.interruption import Interruption, Level
from colonnade.review.interruptions.judgement import interruptions
from colonnade.review.plan.resource_index import ResourceIndex
from tests.support.recorded_plans import names, recorded

RULES = {
    "port-closed",
    "call-interrupted",
    "called-port-changed",
    "called-name-lost",
    "tasks-without-role",
    "tasks-without-policy",
    "tasks-without-logs",
    "rollback-lost",
    "tasks-without-route",
    "deletion-refused",
}
"""The rules of the families of which this file is the test."""
NEW_NETWORK = {("interrupts", "called-name-lost")}
FOUND: dict[tuple[str, str], set[tuple[str, str]]] = {
    ("shop", "port, not created first: aws_vpc_security_group_ingress_rule"): {("interrupts", "port-closed")},
    ("shop", "port, services do not depend on rules"): {("may interrupt", "port-closed")},
    ("http", "domain added, ports in a description"): {("may interrupt", "port-closed")},
    ("shop", "port of a called service"): {("interrupts", "called-port-changed")},
    ("shop", "call removed, not created first: aws_vpc_security_group_ingress_rule"): {
        ("interrupts", "call-interrupted")
    },
    ("shop", "iam.path"): {("interrupts", "tasks-without-role"), ("may interrupt", "tasks-without-role")},
    ("shop", "no NAT gateway"): {("interrupts", "tasks-without-route")},
    ("shop", "namespace removed"): {("interrupts", "called-name-lost")},
    ("shop", "deployments.listener"): NEW_NETWORK,
    ("shop", "network.existing"): {*NEW_NETWORK, ("interrupts", "port-closed")},
    ("shop", "network.vpc_cidrs"): {*NEW_NETWORK, ("interrupts", "port-closed")},
    ("modules", "port"): {("interrupts", "port-closed")},
    ("flat", "port"): {("interrupts", "port-closed")},
    ("flat", "description"): {("interrupts", "port-closed"), ("fails", "deletion-refused")},
    ("flat", "gateway moved"): {("interrupts", "tasks-without-route")},
    ("flat", "role"): {("may interrupt", "tasks-without-role")},
    ("flat", "target group"): {("fails", "deletion-refused")},
}
"""The levels and rules of what the recorded plans interrupt. All others are harmless to tasks, calls and routes."""


PLANNED, INTERRUPTING = names(), list(FOUND)
HARMLESS = [each for each in PLANNED if each not in FOUND]


@functools.cache
def _judged(stack: str, edit: str, *, with_graph: bool = True) -> tuple[Interruption, ...]:
    plan = recorded(stack, edit, with_graph=with_graph)
    found = interruptions(plan, ResourceIndex(plan.changes, plan.configuration), plan.graph).found
    return tuple(each for each in found if each.rule in RULES)


@pytest.mark.parametrize(("stack", "edit"), PLANNED, ids=map(", ".join, PLANNED))
def test_known_outages_are_named_and_nothing_harmless_is(stack: str, edit: str) -> None:
    found = {(each.level.value, each.rule) for each in _judged(stack, edit) if each.level.blocks}
    assert found == FOUND.get((stack, edit), set())


@pytest.mark.parametrize(("stack", "edit"), INTERRUPTING, ids=map(", ".join, INTERRUPTING))
def test_without_the_graph_no_outage_is_taken_for_harmless(stack: str, edit: str) -> None:
    found = _judged(stack, edit, with_graph=False)
    assert all(each.approximate for each in found)
    blocking = {each.rule for each in _judged(stack, edit) if each.level.blocks}
    assert blocking <= {each.rule for each in found if each.level.blocks or each.level is Level.CANNOT_JUDGE}


@pytest.mark.parametrize(("stack", "edit"), HARMLESS, ids=map(", ".join, HARMLESS))
def test_without_the_graph_nothing_harmless_is_certain_to_interrupt(stack: str, edit: str) -> None:
    assert [each for each in _judged(stack, edit, with_graph=False) if each.level is Level.INTERRUPTS] == []


def _one(stack: str, edit: str, rule: str) -> Interruption:
    return next(each for each in _judged(stack, edit) if each.rule == rule)


def test_a_trace_names_the_operations_in_their_order_and_what_fails() -> None:
    found = _one("shop", "port, not created first: aws_vpc_security_group_ingress_rule", "port-closed")
    assert found.services == ("stock",)
    assert found.trace == (
        "The egress rule that lets the load balancer reach stock on port 8080 is deleted.",
        "Until the new tasks of stock are healthy, requests to stock fail: the load balancer does not reach its tasks "
        "on port 8080.",
        "If the apply stops in between, this lasts until the next apply.",
    )
    assert len(found.steps) == 3


def test_a_deletion_that_aws_refuses_names_all_that_still_use_it() -> None:
    found = _one("flat", "description", "deletion-refused")
    assert found.text == (
        "the deletion of the security group aws_security_group.tasks is refused: "
        "service api and service web still use it"
    )
    assert found.prevents_apply


def test_services_that_lose_the_same_gateway_are_one_finding() -> None:
    found = _one("flat", "gateway moved", "tasks-without-route")
    assert found.address == "aws_nat_gateway.this"
    assert found.subjects == ("tasks of api", "tasks of web")

"""Every legal edit is harmless, or `colonnade apply` stops it: the plans between thousands of pairs of declarations.

The harm is found by other rules than those of the review: tests/support/plan_harm.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import pytest

from colonnade.review.analysis.findings import Kind
from tests.support.edit_pool import Deployed, Judged, Pool, judged, pool_of

pytestmark = [pytest.mark.synth, pytest.mark.timeout(1200), pytest.mark.xdist_group("legal_edits")]

UNAVOIDABLE: Mapping[str, str] = {
    "discovery-destroyed": "the names of services change with their namespace",
    "dns-name-removed": "a name goes because it is no longer declared",
    "key-destroyed": "a key that encrypted logs is no longer declared",
    "listener-unreachable": "a load balancer is replaced, or its port is no longer declared",
    "network-destroyed": "another network is another VPC",
    "path-interrupted": "AWS does not change the service in place, or it is declared without tasks",
    "port-closed": "another load balancer, or another network",
    "priority-changed": "two rules exchange places",
    "role-destroyed": "a role has its path for good",
    "route-destroyed": "another network is another VPC",
    "routing-destroyed": "another network, or another load balancer",
    "service-destroyed": "a service has its cluster for good",
    "service-without-tasks": "a service is declared without tasks",
    "tasks-without-route": "tasks are declared without a way to the internet",
}
"""The rules whose interruptions no sequence of applies avoids, and the reason."""

NOT_SHOWN: Mapping[str, str] = {
    "tasks-without-route": "the routes of a network that exists are not in the plan",
    "zone-left": "the zones of subnets that exist are not in the plan",
}
"""The rules that need a fact that a plan of another network does not show."""


def _defects(edits: Iterable[tuple[Deployed, Deployed]]) -> list[str]:
    """Return the defects in the judgements of the edits, those of the smallest edits first."""
    found = ((f"{each.edit}\n    ", defect) for each in (judged(*edit) for edit in edits) for defect in _of(each))
    return [edit + defect for edit, defect in sorted(found, key=lambda each: len(each[0]))]


def _of(edit: Judged) -> Iterator[str]:
    if edit.harm and not edit.blocked:
        yield f"does harm and is not blocked: {edit.harm}"
    for part in edit.not_judged:
        if part.rule not in NOT_SHOWN or not edit.blocked:
            yield f"is not judged: {part.rule} at {part.address}: {part.text}"
    for each in edit.findings:
        if each.kind is Kind.INTERRUPTION and not each.steps and each.rule not in UNAVOIDABLE:
            yield f"is blocked without steps or a reason: {each.rule} at {each.address}, {each.reason}"


@pytest.fixture(scope="module")
def few() -> Pool:
    return pool_of(6)


@pytest.fixture(scope="module")
def many() -> Pool:
    return pool_of(80)


def test_edits_are_harmless_or_blocked(few: Pool) -> None:
    assert _defects(few.edits()) == []


@pytest.mark.slow
def test_edits_of_one_to_three_steps_are_harmless_or_blocked(many: Pool) -> None:
    assert _defects(many.edits()) == []


@pytest.mark.slow
@pytest.mark.parametrize("count", [500, pytest.param(5000, marks=pytest.mark.seldom)])
def test_edits_between_declarations_far_apart_are_harmless_or_blocked(many: Pool, count: int) -> None:
    assert _defects(many.strangers(count)) == []

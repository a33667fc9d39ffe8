"""The plan of each step of a migration: what it creates, updates and destroys.

`tests/sandbox/migration/test_steps.py` compares these plans with Terraform's.
"""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from tests.support.migration_steps import MICROSERVICES, STEPS, owner, planned

pytestmark = [pytest.mark.synth, pytest.mark.xdist_group("planned_migration")]

NEVER_DESTROYED = (
    "aws_lb",
    "aws_lb_listener",
    "aws_service_discovery_private_dns_namespace",
    "aws_ecs_cluster",
    "aws_vpc",
)
PHASE_RESOURCE = "terraform_data.migration"


def _roles(addresses: Iterable[str]) -> list[str]:
    """Return each address as type and owner, such as 'aws_lb_listener_rule users'."""
    return sorted(f"{address.split('.')[0]} {owner(address)}" for address in addresses)


@pytest.mark.parametrize("step", STEPS, ids=" to ".join)
def test_no_step_replaces_or_destroys_anything_except_the_microservices_on_the_way_back_to_the_monolith(
    step: tuple[str, str],
) -> None:
    changes = planned(step)
    destroyed = {address for address, actions in changes.items() if "delete" in actions}
    if step == ("attached", "monolith"):
        assert {changes[address] for address in destroyed} == {("delete",)}
        assert {owner(address) for address in destroyed} == set(MICROSERVICES)
    else:
        assert destroyed == set()
    assert not any(address.split(".")[0] in NEVER_DESTROYED for address in destroyed)


@pytest.mark.parametrize(
    ("steps", "changed"),
    [
        (
            [("attached", "canary"), ("canary", "cutover"), ("cutover", "canary"), ("canary", "attached")],
            [f"aws_lb_listener_rule {name}" for name in MICROSERVICES],
        ),
        (
            [("cutover", "retired"), ("retired", "cutover")],
            ["aws_ecs_service api", "aws_lb_listener MessageBoardLB", "aws_lb_listener_rule api"],
        ),
    ],
)
def test_from_attached_on_a_step_updates_only_rules_and_desired_counts_in_place(
    steps: list[tuple[str, str]], changed: list[str]
) -> None:
    for step in steps:
        changes = planned(step)
        assert set(changes.values()) == {("update",)}
        assert _roles(changes) == sorted([*changed, "terraform_data migration"])


def test_attaching_creates_what_detaching_destroys_and_changes_nothing_of_the_monolith() -> None:
    attached, detached = (dict(planned(step)) for step in (("monolith", "attached"), ("attached", "monolith")))
    assert attached.pop(PHASE_RESOURCE) == detached.pop(PHASE_RESOURCE) == ("update",)
    assert set(attached.values()) == {("create",)}
    assert set(detached.values()) == {("delete",)}
    assert set(attached) == set(detached)

"""Tests of a task's health, derived from all its target groups."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest

from colonnade_sandbox.control_plane.observations import HealthStatus, TargetHealth
from colonnade_sandbox.control_plane.snapshot import ContainerHealthCheck
from colonnade_sandbox.tasks.deployment_state import Revision
from colonnade_sandbox.tasks.registration import Registrant
from colonnade_sandbox.tasks.target_health import SETTLED_AFTER_SECONDS, health, is_draining, unhealthy_target
from tests.support.ecs_snapshots import ecs_service, task_definition

State = Literal["initial", "healthy", "unhealthy", "draining", "unused"]


def task(*target_groups: str, check: ContainerHealthCheck | None = None) -> Registrant:
    definition = task_definition()
    definition = replace(definition, containers=(replace(definition.main_container, health_check=check),))
    revision = Revision.of(ecs_service(definition, target_groups=target_groups))
    return Registrant(task_id="task", address="127.1.0.1", service_name="orders", revision=revision)


def target(state: State, *, address: str = "127.1.0.1", port: int = 7999, description: str = "") -> TargetHealth:
    return TargetHealth(address=address, port=port, state=state, reason="Target.Words", description=description)


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (("healthy", "healthy"), "healthy"),
        (("healthy", "initial"), "initial"),
        (("healthy", "unhealthy"), "unhealthy"),
        (("initial", "unhealthy"), "unhealthy"),
        (("healthy", "unused"), "initial"),
        (("healthy", "draining"), "initial"),
    ],
)
def test_a_task_is_healthy_only_if_all_its_target_groups_report_it(states: tuple[State, State], expected: str) -> None:
    found = {"one": (target(states[0]),), "two": (target(states[1]),)}
    assert health(task("one", "two"), found, containers="UNKNOWN", running_for_seconds=100) == expected


def test_a_task_that_a_target_group_does_not_list_yet_is_initial() -> None:
    assert (
        health(task("one", "two"), {"one": (target("healthy"),)}, containers="UNKNOWN", running_for_seconds=100)
        == "initial"
    )


def test_other_targets_do_not_count() -> None:
    found = {"one": (target("healthy"), target("unhealthy", address="127.1.0.2"), target("unhealthy", port=80))}
    assert health(task("one"), found, containers="UNKNOWN", running_for_seconds=100) == "healthy"


def test_without_a_target_group_health_depends_on_the_run_time() -> None:
    assert health(task(), {}, containers="UNKNOWN", running_for_seconds=SETTLED_AFTER_SECONDS - 0.1) == "initial"
    assert health(task(), {}, containers="UNKNOWN", running_for_seconds=SETTLED_AFTER_SECONDS) == "healthy"


@pytest.mark.parametrize(
    ("containers", "state", "expected"),
    [
        ("UNKNOWN", "healthy", "initial"),
        ("HEALTHY", "healthy", "healthy"),
        ("HEALTHY", "initial", "initial"),
        ("HEALTHY", "unhealthy", "unhealthy"),
        ("UNHEALTHY", "healthy", "unhealthy"),
        ("UNHEALTHY", None, "unhealthy"),
        ("UNKNOWN", None, "initial"),
        ("HEALTHY", None, "healthy"),
    ],
)
def test_a_task_with_container_health_checks_must_pass_these_as_well(
    containers: HealthStatus, state: State | None, expected: str
) -> None:
    groups = ("one",) if state is not None else ()
    checked = task(*groups, check=ContainerHealthCheck(command=("true",)))
    found = {"one": (target(state),)} if state is not None else {}
    assert health(checked, found, containers=containers, running_for_seconds=100) == expected


def test_a_task_drains_while_any_target_group_reports_draining() -> None:
    assert is_draining(task("one", "two"), {"one": (), "two": (target("draining"),)})
    assert not is_draining(task("one", "two"), {"one": (target("draining", address="127.1.0.2"),), "two": ()})


def test_the_unhealthy_target_is_found_with_its_target_group() -> None:
    unhealthy = target("unhealthy", description="Health checks failed with these codes: [503]")
    healths = {"one": (target("healthy"),), "two": (unhealthy,)}
    assert unhealthy_target(task("one", "two"), healths) == ("two", unhealthy)
    assert unhealthy_target(task("one"), healths) is None

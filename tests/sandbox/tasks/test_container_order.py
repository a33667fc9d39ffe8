"""The order in which the containers of a task start and stop."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest

from colonnade_sandbox.control_plane.snapshot import Container, ContainerDependency
from colonnade_sandbox.tasks.container_order import ContainerView, blocked, may_start, may_stop

Condition = Literal["START", "COMPLETE", "SUCCESS", "HEALTHY"]
FIRST = Container(name="first", image="first:1", start_timeout_seconds=60)
VIEWS = {
    "pending": ContainerView(definition=FIRST, status="PENDING"),
    "running": ContainerView(definition=FIRST, status="RUNNING"),
    "healthy": ContainerView(definition=FIRST, status="RUNNING", health="HEALTHY"),
    "unhealthy": ContainerView(definition=FIRST, status="RUNNING", health="UNHEALTHY"),
    "late": ContainerView(definition=FIRST, status="RUNNING", running_for_seconds=61),
    "exited with 0": ContainerView(definition=FIRST, status="STOPPED", exit_code=0),
    "exited with 3": ContainerView(definition=FIRST, status="STOPPED", exit_code=3),
    "not started": ContainerView(definition=FIRST, status="STOPPED"),
}


def second(condition: Condition) -> Container:
    return Container(
        name="second",
        image="second:1",
        depends_on=(ContainerDependency(container_name="first", condition=condition),),
    )


@pytest.mark.parametrize(
    ("condition", "starts_after", "never_after"),
    [
        ("START", {"running", "healthy", "unhealthy", "late", "exited with 0", "exited with 3"}, {"not started"}),
        ("COMPLETE", {"exited with 0", "exited with 3"}, {"not started", "late"}),
        ("SUCCESS", {"exited with 0"}, {"exited with 3", "not started", "late"}),
        ("HEALTHY", {"healthy"}, {"exited with 0", "exited with 3", "not started", "late"}),
    ],
)
def test_a_container_starts_once_the_condition_of_its_dependency_is_met_and_never_once_it_cannot_be(
    condition: Condition, starts_after: set[str], never_after: set[str]
) -> None:
    container = second(condition)
    assert {name for name, view in VIEWS.items() if may_start(container, {"first": view})} == starts_after
    assert {name for name, view in VIEWS.items() if blocked(container, {"first": view}) is not None} == never_after


def test_a_container_waits_for_all_its_dependencies() -> None:
    both = replace(second("SUCCESS"), depends_on=(*second("SUCCESS").depends_on, *other("HEALTHY").depends_on))
    done, sidecar = VIEWS["exited with 0"], Container(name="sidecar", image="sidecar:1")
    assert not may_start(both, {"first": done, "sidecar": ContainerView(definition=sidecar, status="RUNNING")})
    healthy = ContainerView(definition=sidecar, status="RUNNING", health="HEALTHY")
    assert may_start(both, {"first": done, "sidecar": healthy})


def other(condition: Condition) -> Container:
    return Container(
        name="other",
        image="other:1",
        depends_on=(ContainerDependency(container_name="sidecar", condition=condition),),
    )


def test_the_reason_of_a_container_that_never_starts_is_in_the_words_of_ecs() -> None:
    failed = blocked(second("SUCCESS"), {"first": VIEWS["exited with 3"]})
    late = blocked(second("SUCCESS"), {"first": VIEWS["late"]})
    assert failed is not None
    assert failed.dependency == FIRST
    assert failed.reason == (
        "dependency graph: failed to resolve container ordering dependency "
        "[first(first:1) (STOPPED->RUNNING) - Exit: 3] for target [second(second:1) (NONE->RUNNING)] "
        "as dependency did not exit successfully."
    )
    assert late is not None
    assert late.reason.endswith("has timed out.")


def test_containers_stop_in_the_reverse_order() -> None:
    first = Container(name="first", image="first:1")
    running = ContainerView(definition=second("START"), status="RUNNING")
    views = {"first": ContainerView(definition=first, status="RUNNING"), "second": running}
    assert (may_stop(first, views), may_stop(running.definition, views)) == (False, True)
    assert may_stop(first, {**views, "second": replace(running, status="STOPPED")})

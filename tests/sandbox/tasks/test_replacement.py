"""Tests of the tasks that are started and stopped at one tick."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colonnade_sandbox.control_plane.snapshot import EcsService
from colonnade_sandbox.tasks.deployment_state import (
    DeploymentState,
    Health,
    Revision,
    ServiceState,
    StartTask,
    StopTask,
    TaskView,
)
from colonnade_sandbox.tasks.replacement import maximum_count, minimum_healthy_count, starts_and_stops
from tests.support.ecs_snapshots import ecs_service, task_definition

NOW = 1_000_000.0


def task(number: int, *, deployment: str = "new", health: Health = "healthy", age: float = 100.0) -> TaskView:
    return TaskView(
        id=f"task-{number}", deployment_id=deployment, status="RUNNING", health=health, running_since=NOW - age
    )


def state(service: EcsService, *, completed: bool = False, ever_healthy: frozenset[str] = frozenset()) -> ServiceState:
    new, old = (
        DeploymentState(
            id=name,
            revision=Revision.of(service),
            created_at=NOW,
            updated_at=NOW,
            rollout_state="COMPLETED" if completed else "IN_PROGRESS",
        )
        for name in ("new", "old")
    )
    return ServiceState(deployments=(new, old), ever_healthy=ever_healthy)


def stopped(service: EcsService, state: ServiceState, *tasks: TaskView) -> set[str]:
    return {each.task_id for each in starts_and_stops(service, state, tasks, NOW) if isinstance(each, StopTask)}


@pytest.mark.parametrize(
    ("desired", "minimum", "maximum", "least", "most"),
    [(2, 100, 200, 2, 4), (3, 50, 150, 2, 4), (1, 50, 150, 1, 1), (4, 0, 100, 0, 4), (0, 100, 200, 0, 0)],
)
def test_the_minimum_is_rounded_up_and_the_maximum_down(
    desired: int, minimum: int, maximum: int, least: int, most: int
) -> None:
    service = ecs_service(desired_count=desired, minimum_healthy_percent=minimum, maximum_percent=maximum)
    assert (minimum_healthy_count(service), maximum_count(service)) == (least, most)


def test_scaling_down_stops_tasks_that_are_not_healthy_first_and_then_the_newest() -> None:
    service = ecs_service(desired_count=1)
    starting, young, old = task(1, health="initial", age=50), task(2, age=10), task(3, age=90)
    assert stopped(service, state(service, completed=True), old, young, starting) == {"task-1", "task-2"}


def test_old_tasks_are_stopped_as_new_ones_become_healthy() -> None:
    service = ecs_service(desired_count=2)
    tasks = [task(1, deployment="old"), task(2, deployment="old"), task(3), task(4, health="initial")]
    assert len(stopped(service, state(service), *tasks)) == 1


def test_an_old_task_that_may_recover_stays_until_it_is_replaced() -> None:
    service = ecs_service(desired_count=1)
    sick, new = task(1, deployment="old", health="unhealthy"), task(2, health="initial")
    assert stopped(service, state(service, ever_healthy=frozenset({"task-1"})), sick, new) == set()
    assert stopped(service, state(service, ever_healthy=frozenset({"task-1"})), sick, task(2)) == {"task-1"}


def test_an_old_task_that_was_never_healthy_is_stopped_at_once() -> None:
    service = ecs_service(desired_count=1)
    assert stopped(service, state(service), task(1, deployment="old", health="initial"), task(2, health="initial")) == {
        "task-1"
    }


def test_an_unhealthy_task_of_a_completed_deployment_is_replaced_before_it_is_stopped() -> None:
    service = ecs_service(desired_count=1, grace_seconds=5)
    sick = task(1, health="unhealthy")
    done = state(service, completed=True)
    assert [type(action) for action in starts_and_stops(service, done, [sick], NOW)] == [StartTask]
    assert stopped(service, done, sick, task(2, health="initial")) == {"task-1"}, "the maximum is reached"
    assert stopped(service, done, sick, task(2)) == {"task-1"}
    three = ecs_service(desired_count=3, grace_seconds=5)
    waits_for_its_replacement = (sick, task(2), task(3), task(4, health="initial"))
    assert stopped(three, state(three, completed=True), *waits_for_its_replacement) == set()


def test_an_unhealthy_task_of_a_deployment_in_progress_is_stopped_at_once() -> None:
    service = ecs_service(desired_count=4, grace_seconds=5)
    assert stopped(service, state(service), task(1, health="unhealthy")) == {"task-1"}


def test_old_tasks_are_stopped_first_if_the_maximum_is_the_desired_count() -> None:
    service = ecs_service(desired_count=2, minimum_healthy_percent=50, maximum_percent=100)
    old = [task(1, deployment="old"), task(2, deployment="old")]
    assert starts_and_stops(service, state(service), old, NOW) == (
        StopTask(task_id="task-1", reason="Scaling activity initiated by (deployment new)"),
    )


TASKS = st.lists(
    st.builds(
        TaskView,
        id=st.uuids().map(str),
        deployment_id=st.sampled_from(["new", "old"]),
        status=st.sampled_from(["PENDING", "RUNNING", "STOPPING", "STOPPED"]),
        health=st.sampled_from(["initial", "healthy", "unhealthy"]),
        running_since=st.floats(NOW - 30, NOW),
    ).map(
        lambda task: (
            task
            if task.status == "RUNNING" or task.health == "initial"
            else TaskView(id=task.id, deployment_id=task.deployment_id, status=task.status)
        )
    ),
    max_size=12,
)


@given(
    tasks=TASKS,
    desired_count=st.integers(0, 6),
    minimum=st.integers(0, 100),
    maximum=st.integers(100, 200),
    completed=st.booleans(),
    ever_healthy=st.booleans(),
)
def test_no_tick_goes_below_the_minimum_or_above_the_maximum(
    tasks: list[TaskView], desired_count: int, minimum: int, maximum: int, completed: bool, ever_healthy: bool
) -> None:
    service = ecs_service(
        task_definition(), desired_count=desired_count, minimum_healthy_percent=minimum, maximum_percent=maximum
    )
    known = frozenset(task.id for task in tasks) if ever_healthy else frozenset()
    actions = starts_and_stops(service, state(service, completed=completed, ever_healthy=known), tasks, NOW)
    stops = [action.task_id for action in actions if isinstance(action, StopTask)]
    starts = sum(isinstance(action, StartTask) for action in actions)
    healthy = {task.id for task in tasks if task.status == "RUNNING" and task.health == "healthy"}
    live = [task for task in tasks if task.status != "STOPPED"]
    assert len(stops) == len(set(stops))
    assert len(healthy - set(stops)) >= min(len(healthy), minimum_healthy_count(service))
    assert starts == 0 or len(live) + starts <= maximum_count(service)

"""Tests of rolling updates, each in a simulation without processes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colonnade_sandbox.control_plane.snapshot import EcsService, TaskNetwork
from colonnade_sandbox.tasks.deployment_state import RollBack, StartTask, StopTask
from colonnade_sandbox.tasks.replacement import maximum_count, minimum_healthy_count
from colonnade_sandbox.tasks.rollout import breaker_threshold, restart_delay_seconds, stop_all
from tests.support.ecs_snapshots import ecs_service, task_definition
from tests.support.ecs_world import Nature, World

FIRST, SECOND, THIRD = (task_definition(revision) for revision in (1, 2, 3))

SERVICES = st.builds(
    lambda desired_count, minimum, more: ecs_service(
        FIRST, desired_count=desired_count, minimum_healthy_percent=minimum, maximum_percent=max(minimum + more, 100)
    ),
    st.integers(0, 12),
    st.integers(0, 100),
    st.integers(0, 100),
)


def with_definition(service: EcsService, revision: int) -> EcsService:
    return replace(service, task_definition=task_definition(revision))


def rollout_state(world: World) -> str:
    return world.state.primary.rollout_state


def completed_world(service: EcsService, natures: dict[str, Nature] | None = None) -> World:
    world = World(service, natures)
    world.run(40)
    assert rollout_state(world) == "COMPLETED"
    return world


def test_a_new_service_completes_when_its_desired_count_is_healthy() -> None:
    world = World(ecs_service(FIRST))
    world.run(2)
    assert rollout_state(world) == "IN_PROGRESS"
    world.run(2)
    assert rollout_state(world) == "COMPLETED"
    assert world.healthy == 2
    assert world.state.events[0].message == "(service orders) has reached a steady state."


def test_a_new_revision_completes_only_after_the_last_old_task_has_stopped() -> None:
    world = completed_world(ecs_service(FIRST))
    old = world.state.primary.id
    world.service = with_definition(world.service, 2)
    world.step()
    while rollout_state(world) == "IN_PROGRESS":
        assert world.healthy >= 2
        world.step()
    assert world.state.primary.id != old
    assert {task.deployment_id for task in world.tasks.values()} == {world.state.primary.id}
    assert len(world.state.deployments) == 1


def test_old_deployments_stay_listed_while_they_have_tasks() -> None:
    world = completed_world(ecs_service(FIRST))
    world.service = with_definition(world.service, 2)
    world.step()
    assert [each.revision.task_definition.arn for each in world.state.deployments] == [SECOND.arn, FIRST.arn]


@pytest.mark.parametrize(("desired", "threshold"), [(0, 3), (1, 3), (6, 3), (7, 4), (100, 50), (400, 200), (1000, 200)])
def test_the_breaker_threshold_is_half_of_the_desired_count_from_3_to_200(desired: int, threshold: int) -> None:
    assert breaker_threshold(desired) == threshold


@pytest.mark.parametrize("nature", ["sick", "dying"])
def test_a_revision_that_never_becomes_healthy_is_rolled_back_without_losing_a_healthy_task(nature: Nature) -> None:
    world = completed_world(ecs_service(FIRST), {SECOND.arn: nature})
    first_deployment = world.state.primary.id
    world.service = with_definition(world.service, 2)
    rolled_back = False
    for _ in range(200):
        world.step()
        rolled_back = rolled_back or any(isinstance(action, RollBack) for action in world.actions)
        assert world.healthy >= 2
    assert rolled_back
    assert world.service.task_definition.arn == FIRST.arn
    assert world.state.primary.id == first_deployment
    assert rollout_state(world) == "COMPLETED"
    assert any("deployment failed: tasks failed to start." in event.message for event in world.state.events)


def test_the_rollback_is_requested_until_the_api_reports_the_old_revision() -> None:
    world = completed_world(ecs_service(FIRST), {SECOND.arn: "dying"})
    refused = with_definition(world.service, 2)
    world.service = refused
    while not any(isinstance(action, RollBack) for action in world.actions):
        world.step()
    for _ in range(3):
        world.service = refused  # as if the call had failed
        world.step()
        assert RollBack(task_definition_arn=FIRST.arn) in world.actions
        assert not any(isinstance(action, StartTask) for action in world.actions)


def test_a_failed_first_deployment_starts_no_more_tasks() -> None:
    world = World(ecs_service(FIRST), {FIRST.arn: "dying"})
    world.run(60)
    assert rollout_state(world) == "FAILED"
    started = world.started
    assert breaker_threshold(2) <= started <= breaker_threshold(2) + 2
    world.run(200)
    assert world.started == started


def test_without_rollback_the_old_tasks_of_a_failed_deployment_keep_running() -> None:
    world = completed_world(ecs_service(FIRST, rollback=False), {SECOND.arn: "sick"})
    world.service = with_definition(world.service, 2)
    world.run(200)
    assert rollout_state(world) == "FAILED"
    assert world.healthy == 2


def test_a_new_revision_after_a_failure_starts_without_delay() -> None:
    world = World(ecs_service(FIRST), {FIRST.arn: "dying"})
    world.step()
    while rollout_state(world) != "FAILED":
        world.step()
    world.service = with_definition(world.service, 2)
    world.step()
    assert [type(action) for action in world.actions] == [StartTask, StartTask]
    world.run(20)
    assert rollout_state(world) == "COMPLETED"
    assert world.healthy == 2


def test_without_a_circuit_breaker_restarts_of_failing_tasks_are_delayed() -> None:
    world = World(ecs_service(FIRST, circuit_breaker=False), {FIRST.arn: "dying"})
    world.run(200)
    assert rollout_state(world) == "IN_PROGRESS"
    started = world.started
    world.run(160)  # 80 seconds, 8 between two attempts of two tasks
    assert 10 <= world.started - started <= 2 * 80 / 8


def test_restart_delays_double_up_to_their_limit() -> None:
    assert [restart_delay_seconds(failed) for failed in (0, 1, 2, 3, 4, 5, 6, 1_000)] == [0, 0, 1, 2, 4, 8, 8, 8]


def test_a_killed_task_is_replaced_at_the_next_tick_and_the_deployment_stays_completed() -> None:
    world = completed_world(ecs_service(FIRST))
    world.kill(next(iter(world.tasks)))
    world.step()
    assert [type(action) for action in world.actions] == [StartTask]
    assert rollout_state(world) == "COMPLETED"
    world.run(5)
    assert world.healthy == 2


def test_an_unhealthy_task_is_replaced_after_its_grace_period() -> None:
    world = completed_world(ecs_service(FIRST, grace_seconds=10))
    sick = next(iter(world.tasks))
    since = world.now
    world.tasks[sick] = replace(world.tasks[sick], health="unhealthy", running_since=since)

    def stays_sick() -> None:
        if sick in world.tasks and world.tasks[sick].status == "RUNNING":
            world.tasks[sick] = replace(world.tasks[sick], health="unhealthy")

    while sick in world.tasks and world.tasks[sick].status == "RUNNING":
        world.step()
        stays_sick()
    assert 10 <= world.now - since <= 13
    world.run(5)
    assert world.healthy == 2


def test_a_changed_desired_count_keeps_the_deployment() -> None:
    world = completed_world(ecs_service(FIRST, desired_count=2))
    deployment = world.state.primary.id
    for desired_count in (5, 1, 0, 3):
        world.service = replace(world.service, desired_count=desired_count)
        world.run(5)
        assert world.healthy == len(world.tasks) == desired_count
        assert world.state.primary.id == deployment
        assert rollout_state(world) == "COMPLETED"


def test_a_changed_target_group_is_a_new_deployment_of_the_same_task_definition() -> None:
    world = completed_world(ecs_service(FIRST))
    deployment = world.state.primary.id
    world.service = ecs_service(FIRST, target_groups=("another",))
    world.run(10)
    assert world.state.primary.id != deployment
    assert rollout_state(world) == "COMPLETED"


def test_other_subnets_or_security_groups_are_a_new_deployment_of_the_same_task_definition() -> None:
    """https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html"""
    world = completed_world(ecs_service(FIRST))
    deployment = world.state.primary.id
    world.service = replace(world.service, network=TaskNetwork(subnets=("a",), security_groups=("b",)))
    world.run(10)
    assert world.state.primary.id != deployment
    assert rollout_state(world) == "COMPLETED"


def test_a_return_to_a_revision_that_still_has_tasks_keeps_those_tasks() -> None:
    world = completed_world(ecs_service(FIRST))
    tasks, deployment = set(world.tasks), world.state.primary.id
    world.service = with_definition(world.service, 2)
    world.step()
    world.service = with_definition(world.service, 1)
    world.run(10)
    assert world.state.primary.id == deployment
    assert set(world.tasks) == tasks


def test_a_forced_deployment_replaces_every_task_of_the_same_revision_and_keeps_the_desired_count_healthy() -> None:
    world = completed_world(ecs_service(FIRST))
    before, former = set(world.tasks), world.state.primary.id
    world.service = replace(world.service, primary_deployment="ecs-svc/forced")
    for _ in range(40):
        world.step()
        assert world.healthy >= world.service.desired_count
    assert before.isdisjoint(world.tasks)
    assert (world.state.primary.id, world.state.primary.rollout_state) == ("ecs-svc/forced", "COMPLETED")
    world.service = replace(world.service, primary_deployment=former)
    world.step()
    assert world.state.primary.id == "ecs-svc/forced", "a snapshot that is older than the deployment forces nothing"


def test_a_forced_deployment_that_fails_goes_back_to_the_tasks_of_the_former_one() -> None:
    world = completed_world(ecs_service(FIRST, desired_count=2))
    before, former = set(world.tasks), world.state.primary.id
    world.nature_of_new_tasks = "dying"
    world.service = replace(world.service, primary_deployment="ecs-svc/forced")
    world.run(60)
    assert set(world.tasks) == before
    assert (world.state.primary.id, world.state.primary.rollout_state) == (former, "COMPLETED")


def test_a_service_created_again_is_not_forced_by_the_deployment_of_the_deleted_one() -> None:
    world = World(replace(ecs_service(FIRST), primary_deployment="ecs-svc/of-the-deleted-one"))
    world.run(40)
    assert world.state.primary.id != "ecs-svc/of-the-deleted-one"
    assert (world.state.primary.rollout_state, world.started) == ("COMPLETED", world.service.desired_count)


def test_every_task_of_a_deleted_service_is_stopped_once() -> None:
    world = completed_world(ecs_service(FIRST))
    first, second = world.tasks.values()
    stops = stop_all(world.state, (replace(first, status="STOPPING"), second))
    reason = f"Scaling activity initiated by (deployment {world.state.primary.id})"
    assert stops == (StopTask(task_id=second.id, reason=reason),)


@settings(deadline=None, max_examples=100)
@given(
    service=SERVICES,
    changes=st.lists(st.integers(0, 9), max_size=40),
    natures=st.permutations(["good", "sick", "dying"]),
    delay_steps=st.integers(0, 5),
)
def test_limits_hold_with_any_changes_and_a_good_revision_always_completes(
    service: EcsService, changes: list[int], natures: list[Nature], delay_steps: int
) -> None:
    """Each change is a new revision, a new desired count, a killed task or nothing; then no more changes follow."""
    definitions = (FIRST.arn, SECOND.arn, THIRD.arn)
    world = World(service, dict(zip(definitions, natures, strict=True)), delay_steps=delay_steps)
    for change in changes:
        if change < 3:
            world.service = with_definition(world.service, change + 1)
        elif change == 3:
            world.service = replace(world.service, desired_count=(world.service.desired_count * 7 + 3) % 11)
        elif change == 4 and world.tasks:
            world.kill(sorted(world.tasks)[0])
        checked_step(world)
    world.service = with_definition(world.service, 4)  # good, and not failed before by too many killed tasks
    for _ in range(400):
        checked_step(world)
    if maximum_count(world.service) > minimum_healthy_count(world.service) or world.service.desired_count == 0:
        assert rollout_state(world) == "COMPLETED"
        assert world.healthy == len(world.tasks) == world.service.desired_count
        assert len(world.state.deployments) == 1


def checked_step(world: World) -> None:
    """Do one step and assert that its stops respect the minimum healthy and its starts the maximum."""
    before = {task.id: task for task in world.tasks.values() if task.status != "STOPPED"}
    healthy = {task.id for task in before.values() if task.status == "RUNNING" and task.health == "healthy"}
    service = world.service
    world.step()
    stopped = {action.task_id for action in world.actions if isinstance(action, StopTask)}
    starts = sum(isinstance(action, StartTask) for action in world.actions)
    assert len(healthy - stopped) >= min(len(healthy), minimum_healthy_count(service))
    assert starts == 0 or len(before) + starts <= maximum_count(service)
    assert stopped <= {task.id for task in before.values() if task.status != "STOPPING"}

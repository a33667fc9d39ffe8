"""Tests of rolling updates, each in a simulation without processes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from colonnade_sandbox.control_plane.snapshot import EcsService, TaskNetwork
from colonnade_sandbox.tasks.deployment_state import RollBack, StartTask, StopTask
from colonnade_sandbox.tasks.rollout import breaker_threshold, restart_delay_seconds, stop_all
from tests.support.ecs_simulation import Behavior, Simulation
from tests.support.ecs_snapshots import ecs_service, task_definition

FIRST, SECOND, THIRD = (task_definition(revision) for revision in (1, 2, 3))


def with_definition(service: EcsService, revision: int) -> EcsService:
    return replace(service, task_definition=task_definition(revision))


def rollout_state(simulation: Simulation) -> str:
    return simulation.state.primary.rollout_state


def completed_simulation(service: EcsService, behaviors: dict[str, Behavior] | None = None) -> Simulation:
    simulation = Simulation(service, behaviors)
    simulation.run(40)
    assert rollout_state(simulation) == "COMPLETED"
    return simulation


def test_a_new_service_completes_when_its_desired_count_is_healthy() -> None:
    simulation = Simulation(ecs_service(FIRST))
    simulation.run(2)
    assert rollout_state(simulation) == "IN_PROGRESS"
    simulation.run(2)
    assert rollout_state(simulation) == "COMPLETED"
    assert simulation.healthy == 2
    assert simulation.state.events[0].message == "(service orders) has reached a steady state."


def test_a_new_revision_completes_only_after_the_last_old_task_has_stopped() -> None:
    simulation = completed_simulation(ecs_service(FIRST))
    old = simulation.state.primary.id
    simulation.service = with_definition(simulation.service, 2)
    simulation.step()
    while rollout_state(simulation) == "IN_PROGRESS":
        assert simulation.healthy >= 2
        simulation.step()
    assert simulation.state.primary.id != old
    assert {task.deployment_id for task in simulation.tasks.values()} == {simulation.state.primary.id}
    assert len(simulation.state.deployments) == 1


def test_old_deployments_stay_listed_while_they_have_tasks() -> None:
    simulation = completed_simulation(ecs_service(FIRST))
    simulation.service = with_definition(simulation.service, 2)
    simulation.step()
    assert [each.revision.task_definition.arn for each in simulation.state.deployments] == [SECOND.arn, FIRST.arn]


@pytest.mark.parametrize(("desired", "threshold"), [(0, 3), (1, 3), (6, 3), (7, 4), (100, 50), (400, 200), (1000, 200)])
def test_the_breaker_threshold_is_half_of_the_desired_count_from_3_to_200(desired: int, threshold: int) -> None:
    assert breaker_threshold(desired) == threshold


@pytest.mark.parametrize("behavior", ["sick", "dying"])
def test_a_revision_that_never_becomes_healthy_is_rolled_back_without_losing_a_healthy_task(behavior: Behavior) -> None:
    simulation = completed_simulation(ecs_service(FIRST), {SECOND.arn: behavior})
    first_deployment = simulation.state.primary.id
    simulation.service = with_definition(simulation.service, 2)
    rolled_back = False
    for _ in range(200):
        simulation.step()
        rolled_back = rolled_back or any(isinstance(action, RollBack) for action in simulation.actions)
        assert simulation.healthy >= 2
    assert rolled_back
    assert simulation.service.task_definition.arn == FIRST.arn
    assert simulation.state.primary.id == first_deployment
    assert rollout_state(simulation) == "COMPLETED"
    assert any("deployment failed: tasks failed to start." in event.message for event in simulation.state.events)


def test_the_rollback_is_requested_until_the_api_reports_the_old_revision() -> None:
    simulation = completed_simulation(ecs_service(FIRST), {SECOND.arn: "dying"})
    refused = with_definition(simulation.service, 2)
    simulation.service = refused
    while not any(isinstance(action, RollBack) for action in simulation.actions):
        simulation.step()
    for _ in range(3):
        simulation.service = refused  # as if the call had failed
        simulation.step()
        assert RollBack(task_definition_arn=FIRST.arn) in simulation.actions
        assert not any(isinstance(action, StartTask) for action in simulation.actions)


def test_a_failed_first_deployment_starts_no_more_tasks() -> None:
    simulation = Simulation(ecs_service(FIRST), {FIRST.arn: "dying"})
    simulation.run(60)
    assert rollout_state(simulation) == "FAILED"
    started = simulation.started
    assert breaker_threshold(2) <= started <= breaker_threshold(2) + 2
    simulation.run(200)
    assert simulation.started == started


def test_without_rollback_the_old_tasks_of_a_failed_deployment_keep_running() -> None:
    simulation = completed_simulation(ecs_service(FIRST, rollback=False), {SECOND.arn: "sick"})
    simulation.service = with_definition(simulation.service, 2)
    simulation.run(200)
    assert rollout_state(simulation) == "FAILED"
    assert simulation.healthy == 2


def test_a_new_revision_after_a_failure_starts_without_delay() -> None:
    simulation = Simulation(ecs_service(FIRST), {FIRST.arn: "dying"})
    simulation.step()
    while rollout_state(simulation) != "FAILED":
        simulation.step()
    simulation.service = with_definition(simulation.service, 2)
    simulation.step()
    assert [type(action) for action in simulation.actions] == [StartTask, StartTask]
    simulation.run(20)
    assert rollout_state(simulation) == "COMPLETED"
    assert simulation.healthy == 2


def test_without_a_circuit_breaker_restarts_of_failing_tasks_are_delayed() -> None:
    simulation = Simulation(ecs_service(FIRST, circuit_breaker=False), {FIRST.arn: "dying"})
    simulation.run(200)
    assert rollout_state(simulation) == "IN_PROGRESS"
    started = simulation.started
    simulation.run(160)  # 80 seconds, 8 between two attempts of two tasks
    assert 10 <= simulation.started - started <= 2 * 80 / 8


def test_restart_delays_double_up_to_their_limit() -> None:
    assert [restart_delay_seconds(failed) for failed in (0, 1, 2, 3, 4, 5, 6, 1_000)] == [0, 0, 1, 2, 4, 8, 8, 8]


def test_a_killed_task_is_replaced_at_the_next_tick_and_the_deployment_stays_completed() -> None:
    simulation = completed_simulation(ecs_service(FIRST))
    simulation.kill(next(iter(simulation.tasks)))
    simulation.step()
    assert [type(action) for action in simulation.actions] == [StartTask]
    assert rollout_state(simulation) == "COMPLETED"
    simulation.run(5)
    assert simulation.healthy == 2


def test_an_unhealthy_task_is_replaced_after_its_grace_period() -> None:
    simulation = completed_simulation(ecs_service(FIRST, grace_seconds=10))
    sick = next(iter(simulation.tasks))
    since = simulation.now
    simulation.tasks[sick] = replace(simulation.tasks[sick], health="unhealthy", running_since=since)

    def stays_sick() -> None:
        if sick in simulation.tasks and simulation.tasks[sick].status == "RUNNING":
            simulation.tasks[sick] = replace(simulation.tasks[sick], health="unhealthy")

    while sick in simulation.tasks and simulation.tasks[sick].status == "RUNNING":
        simulation.step()
        stays_sick()
    assert 10 <= simulation.now - since <= 13
    simulation.run(5)
    assert simulation.healthy == 2


def test_a_changed_desired_count_keeps_the_deployment() -> None:
    simulation = completed_simulation(ecs_service(FIRST, desired_count=2))
    deployment = simulation.state.primary.id
    for desired_count in (5, 1, 0, 3):
        simulation.service = replace(simulation.service, desired_count=desired_count)
        simulation.run(5)
        assert simulation.healthy == len(simulation.tasks) == desired_count
        assert simulation.state.primary.id == deployment
        assert rollout_state(simulation) == "COMPLETED"


def test_a_changed_target_group_is_a_new_deployment_of_the_same_task_definition() -> None:
    simulation = completed_simulation(ecs_service(FIRST))
    deployment = simulation.state.primary.id
    simulation.service = ecs_service(FIRST, target_groups=("another",))
    simulation.run(10)
    assert simulation.state.primary.id != deployment
    assert rollout_state(simulation) == "COMPLETED"


def test_other_subnets_or_security_groups_are_a_new_deployment_of_the_same_task_definition() -> None:
    """https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html"""
    simulation = completed_simulation(ecs_service(FIRST))
    deployment = simulation.state.primary.id
    simulation.service = replace(simulation.service, network=TaskNetwork(subnets=("a",), security_groups=("b",)))
    simulation.run(10)
    assert simulation.state.primary.id != deployment
    assert rollout_state(simulation) == "COMPLETED"


def test_a_return_to_a_revision_that_still_has_tasks_keeps_those_tasks() -> None:
    simulation = completed_simulation(ecs_service(FIRST))
    tasks, deployment = set(simulation.tasks), simulation.state.primary.id
    simulation.service = with_definition(simulation.service, 2)
    simulation.step()
    simulation.service = with_definition(simulation.service, 1)
    simulation.run(10)
    assert simulation.state.primary.id == deployment
    assert set(simulation.tasks) == tasks


def test_a_forced_deployment_replaces_every_task_of_the_same_revision_and_keeps_the_desired_count_healthy() -> None:
    simulation = completed_simulation(ecs_service(FIRST))
    before, former = set(simulation.tasks), simulation.state.primary.id
    simulation.service = replace(simulation.service, primary_deployment="ecs-svc/forced")
    for _ in range(40):
        simulation.step()
        assert simulation.healthy >= simulation.service.desired_count
    assert before.isdisjoint(simulation.tasks)
    assert (simulation.state.primary.id, simulation.state.primary.rollout_state) == ("ecs-svc/forced", "COMPLETED")
    simulation.service = replace(simulation.service, primary_deployment=former)
    simulation.step()
    assert simulation.state.primary.id == "ecs-svc/forced", (
        "a snapshot that is older than the deployment forces nothing"
    )


def test_a_forced_deployment_that_fails_goes_back_to_the_tasks_of_the_former_one() -> None:
    simulation = completed_simulation(ecs_service(FIRST, desired_count=2))
    before, former = set(simulation.tasks), simulation.state.primary.id
    simulation.behavior_of_new_tasks = "dying"
    simulation.service = replace(simulation.service, primary_deployment="ecs-svc/forced")
    simulation.run(60)
    assert set(simulation.tasks) == before
    assert (simulation.state.primary.id, simulation.state.primary.rollout_state) == (former, "COMPLETED")


def test_a_service_created_again_is_not_forced_by_the_deployment_of_the_deleted_one() -> None:
    simulation = Simulation(replace(ecs_service(FIRST), primary_deployment="ecs-svc/of-the-deleted-one"))
    simulation.run(40)
    assert simulation.state.primary.id != "ecs-svc/of-the-deleted-one"
    assert (simulation.state.primary.rollout_state, simulation.started) == (
        "COMPLETED",
        simulation.service.desired_count,
    )


def test_every_task_of_a_deleted_service_is_stopped_once() -> None:
    simulation = completed_simulation(ecs_service(FIRST))
    first, second = simulation.tasks.values()
    stops = stop_all(simulation.state, (replace(first, status="STOPPING"), second))
    reason = f"Scaling activity initiated by (deployment {simulation.state.primary.id})"
    assert stops == (StopTask(task_id=second.id, reason=reason),)

"""The deployments of a service in the form of ListServiceDeployments, after simulated rollouts."""

from __future__ import annotations

from dataclasses import replace

from colonnade_sandbox.aws_emulator.ecs_service_deployments import service_deployments, service_revisions
from colonnade_sandbox.control_plane.observations import ServiceObservation
from colonnade_sandbox.tasks.observation import observe
from tests.support.ecs_simulation import Simulation
from tests.support.ecs_snapshots import ecs_service, task_definition

FIRST, SECOND, THIRD = (task_definition(revision) for revision in (1, 2, 3))


def _observed(simulation: Simulation) -> ServiceObservation:
    return observe(simulation.state, tuple(simulation.tasks.values()), simulation.service.desired_count)


def _listed(simulation: Simulation) -> list[tuple[str, str]]:
    """Return the task definition and the status of each listed deployment, the newest first."""
    observation = _observed(simulation)
    revisions = service_revisions({simulation.service.arn: observation})
    return [
        (revisions[each["targetServiceRevisionArn"]]["taskDefinition"], each["status"])
        for each in service_deployments(simulation.service.arn, observation)
    ]


def test_completed_deployments_stay_listed_when_another_one_has_replaced_their_tasks() -> None:
    simulation = Simulation(ecs_service(FIRST))
    simulation.run(40)
    simulation.service = replace(simulation.service, task_definition=SECOND)
    simulation.step()
    assert _listed(simulation) == [(SECOND.arn, "IN_PROGRESS"), (FIRST.arn, "SUCCESSFUL")]
    simulation.run(40)
    assert [each.id for each in _observed(simulation).deployments] == [simulation.state.primary.id]
    assert _listed(simulation) == [(SECOND.arn, "SUCCESSFUL"), (FIRST.arn, "SUCCESSFUL")]
    newest, oldest = service_deployments(simulation.service.arn, _observed(simulation))
    assert newest["startedAt"] > oldest["finishedAt"] > oldest["startedAt"]
    assert newest["serviceDeploymentArn"].partition(":service-deployment/")[1]


def test_a_failed_deployment_was_rolled_back_and_one_that_was_replaced_in_progress_was_stopped() -> None:
    simulation = Simulation(ecs_service(FIRST), {SECOND.arn: "dying"})
    simulation.run(40)
    simulation.service = replace(simulation.service, task_definition=THIRD)
    simulation.step()
    simulation.service = replace(simulation.service, task_definition=SECOND)
    simulation.run(200)
    assert simulation.service.task_definition.arn == FIRST.arn
    assert _listed(simulation) == [
        (SECOND.arn, "ROLLBACK_SUCCESSFUL"),
        (THIRD.arn, "STOPPED"),
        (FIRST.arn, "SUCCESSFUL"),
    ]


def test_a_failed_deployment_without_rollback_was_stopped() -> None:
    simulation = Simulation(ecs_service(FIRST, rollback=False), {SECOND.arn: "sick"})
    simulation.run(40)
    simulation.service = replace(simulation.service, task_definition=SECOND)
    simulation.run(200)
    assert _listed(simulation) == [(SECOND.arn, "STOPPED"), (FIRST.arn, "SUCCESSFUL")]


def test_a_service_that_the_scheduler_has_not_seen_has_no_deployments() -> None:
    assert service_deployments("arn:aws:ecs:eu-west-1:123456789012:service/c/orders", None) == []

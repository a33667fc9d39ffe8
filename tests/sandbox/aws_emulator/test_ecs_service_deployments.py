"""The deployments of a service in the form of ListServiceDeployments, after simulated rollouts."""

from __future__ import annotations

from dataclasses import replace

from colonnade_sandbox.aws_emulator.ecs_service_deployments import service_deployments, service_revisions
from colonnade_sandbox.control_plane.observations import ServiceObservation
from colonnade_sandbox.tasks.observation import observe
from tests.support.ecs_snapshots import ecs_service, task_definition
from tests.support.ecs_world import World

FIRST, SECOND, THIRD = (task_definition(revision) for revision in (1, 2, 3))


def _observed(world: World) -> ServiceObservation:
    return observe(world.state, tuple(world.tasks.values()), world.service.desired_count)


def _listed(world: World) -> list[tuple[str, str]]:
    """Return the task definition and the status of each listed deployment, the newest first."""
    observation = _observed(world)
    revisions = service_revisions({world.service.arn: observation})
    return [
        (revisions[each["targetServiceRevisionArn"]]["taskDefinition"], each["status"])
        for each in service_deployments(world.service.arn, observation)
    ]


def test_completed_deployments_stay_listed_when_another_one_has_replaced_their_tasks() -> None:
    world = World(ecs_service(FIRST))
    world.run(40)
    world.service = replace(world.service, task_definition=SECOND)
    world.step()
    assert _listed(world) == [(SECOND.arn, "IN_PROGRESS"), (FIRST.arn, "SUCCESSFUL")]
    world.run(40)
    assert [each.id for each in _observed(world).deployments] == [world.state.primary.id]
    assert _listed(world) == [(SECOND.arn, "SUCCESSFUL"), (FIRST.arn, "SUCCESSFUL")]
    newest, oldest = service_deployments(world.service.arn, _observed(world))
    assert newest["startedAt"] > oldest["finishedAt"] > oldest["startedAt"]
    assert newest["serviceDeploymentArn"].partition(":service-deployment/")[1]


def test_a_failed_deployment_was_rolled_back_and_one_that_was_replaced_in_progress_was_stopped() -> None:
    world = World(ecs_service(FIRST), {SECOND.arn: "dying"})
    world.run(40)
    world.service = replace(world.service, task_definition=THIRD)
    world.step()
    world.service = replace(world.service, task_definition=SECOND)
    world.run(200)
    assert world.service.task_definition.arn == FIRST.arn
    assert _listed(world) == [
        (SECOND.arn, "ROLLBACK_SUCCESSFUL"),
        (THIRD.arn, "STOPPED"),
        (FIRST.arn, "SUCCESSFUL"),
    ]


def test_a_failed_deployment_without_rollback_was_stopped() -> None:
    world = World(ecs_service(FIRST, rollback=False), {SECOND.arn: "sick"})
    world.run(40)
    world.service = replace(world.service, task_definition=SECOND)
    world.run(200)
    assert _listed(world) == [(SECOND.arn, "STOPPED"), (FIRST.arn, "SUCCESSFUL")]


def test_a_service_that_the_scheduler_has_not_seen_has_no_deployments() -> None:
    assert service_deployments("arn:aws:ecs:eu-west-1:123456789012:service/c/orders", None) == []

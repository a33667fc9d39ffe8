"""A property of rolling updates: the minimum healthy and the maximum percent hold, whatever changes meanwhile."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from colonnade_sandbox.control_plane.snapshot import EcsService
from colonnade_sandbox.tasks.deployment_state import StartTask, StopTask
from colonnade_sandbox.tasks.replacement import maximum_count, minimum_healthy_count
from tests.support.ecs_simulation import Behavior, Simulation
from tests.support.ecs_snapshots import ecs_service, task_definition

SERVICES = st.builds(
    lambda desired_count, minimum, more: ecs_service(
        task_definition(1),
        desired_count=desired_count,
        minimum_healthy_percent=minimum,
        maximum_percent=max(minimum + more, 100),
    ),
    st.integers(0, 12),
    st.integers(0, 100),
    st.integers(0, 100),
)


@settings(deadline=None, max_examples=100)
@given(
    service=SERVICES,
    changes=st.lists(st.integers(0, 9), max_size=40),
    behaviors=st.permutations(["good", "sick", "dying"]),
    delay_steps=st.integers(0, 5),
)
def test_limits_hold_with_any_changes_and_a_good_revision_always_completes(
    service: EcsService, changes: list[int], behaviors: list[Behavior], delay_steps: int
) -> None:
    """Each change is a new revision, a new desired count, a killed task or nothing; then no more changes follow."""
    definitions = tuple(task_definition(revision).arn for revision in (1, 2, 3))
    simulation = Simulation(service, dict(zip(definitions, behaviors, strict=True)), delay_steps=delay_steps)
    for change in changes:
        if change < 3:
            simulation.service = replace(simulation.service, task_definition=task_definition(change + 1))
        elif change == 3:
            simulation.service = replace(
                simulation.service, desired_count=(simulation.service.desired_count * 7 + 3) % 11
            )
        elif change == 4 and simulation.tasks:
            simulation.kill(sorted(simulation.tasks)[0])
        checked_step(simulation)
    # This revision is good, and did not fail before by too many killed tasks.
    simulation.service = replace(simulation.service, task_definition=task_definition(4))
    for _ in range(400):
        checked_step(simulation)
    if (
        maximum_count(simulation.service) > minimum_healthy_count(simulation.service)
        or simulation.service.desired_count == 0
    ):
        assert simulation.state.primary.rollout_state == "COMPLETED"
        assert simulation.healthy == len(simulation.tasks) == simulation.service.desired_count
        assert len(simulation.state.deployments) == 1


def checked_step(simulation: Simulation) -> None:
    """Do one step and assert that its stops respect the minimum healthy and its starts the maximum."""
    before = {task.id: task for task in simulation.tasks.values() if task.status != "STOPPED"}
    healthy = {task.id for task in before.values() if task.status == "RUNNING" and task.health == "healthy"}
    service = simulation.service
    simulation.step()
    stopped = {action.task_id for action in simulation.actions if isinstance(action, StopTask)}
    starts = sum(isinstance(action, StartTask) for action in simulation.actions)
    assert len(healthy - stopped) >= min(len(healthy), minimum_healthy_count(service))
    assert starts == 0 or len(before) + starts <= maximum_count(service)
    assert stopped <= {task.id for task in before.values() if task.status != "STOPPING"}

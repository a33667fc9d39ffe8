"""The rolling update of one ECS service, without I/O: service + remembered state + tasks + time -> actions.

    adopt the requested revision -> count failures -> circuit breaker -> stop and start tasks -> completion

`plan` may be called again before the actions that it returned have taken effect. Rules:
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html and
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from colonnade_sandbox.control_plane.snapshot import EcsService
from colonnade_sandbox.tasks.deployment_state import (
    KEPT_DEPLOYMENTS,
    Action,
    DeploymentState,
    Plan,
    Revision,
    RollBack,
    ServiceState,
    StopTask,
    TaskView,
)
from colonnade_sandbox.tasks.replacement import scaling_reason, starts_and_stops

LEAST_BREAKER_THRESHOLD = 3
MOST_BREAKER_THRESHOLD = 200
_IN_PROGRESS = "ECS deployment {id} in progress."
LONGEST_RESTART_DELAY_SECONDS = 8.0
"""ECS waits up to 27 minutes between restarts of a task that fails repeatedly, too long for a local sandbox."""


def plan(service: EcsService, state: ServiceState, tasks: Sequence[TaskView], now: float) -> Plan:
    """Return the next actions for an ACTIVE service and its new state; `tasks` are all tasks of the service."""
    state, actions = _adopt(service, state, now)
    state = _with_failures(state, tasks, now)
    state = _with_proven(state, tasks)
    if _breaker_trips(service, state):
        state, rollback = _fail(service, state, now)
        actions += rollback
    changes = starts_and_stops(service, state, tasks, now)
    state = _with_unhealthy(state, tasks, changes, now)
    state = _concluded(service, state, tasks, now)
    return Plan(state=state, actions=(*actions, *changes))


def stop_all(state: ServiceState, tasks: Sequence[TaskView]) -> tuple[Action, ...]:
    """Return the stops for a service that was deleted."""
    live = [task for task in tasks if task.status in ("PENDING", "RUNNING")]
    return tuple(StopTask(task_id=task.id, reason=scaling_reason(state)) for task in live)


def breaker_threshold(desired_count: int) -> int:
    """Return the number of failed tasks that fail a deployment: half the desired count, at least 3, at most 200."""
    half = (desired_count + 1) // 2
    return min(max(half, LEAST_BREAKER_THRESHOLD), MOST_BREAKER_THRESHOLD)


def restart_delay_seconds(failed_tasks: int) -> float:
    """Return the delay before the next start: 0 after the first failure, then 1 second, doubled up to the longest."""
    if failed_tasks < 2:
        return 0.0
    return min(2.0 ** min(failed_tasks - 2, 16), LONGEST_RESTART_DELAY_SECONDS)


def _adopt(service: EcsService, state: ServiceState, now: float) -> tuple[ServiceState, tuple[Action, ...]]:
    """Make the deployment of the requested revision primary.

    If a request has forced a new deployment, make that one primary.
    """
    if state.deployments and service.primary_deployment not in {"", *state.seen}:
        forced = DeploymentState(
            id=service.primary_deployment, revision=Revision.of(service), created_at=now, updated_at=now
        )
        return _with_new_primary(replace(state, rolled_back_from=None), forced, _IN_PROGRESS), ()
    if state.rolled_back_from is not None:
        if service.task_definition.arn == state.rolled_back_from:
            return state, (RollBack(task_definition_arn=state.primary.revision.task_definition.arn),)
        state = replace(state, rolled_back_from=None)
    wanted = Revision.of(service)
    if state.deployments and state.primary.revision == wanted:
        return state, ()
    # The API may still report the primary deployment of a deleted service of the same name.
    known = state.seen if state.deployments else frozenset({service.primary_deployment})
    return _promoted(service, replace(state, seen=known), wanted, _IN_PROGRESS, now), ()


def _promoted(service: EcsService, state: ServiceState, revision: Revision, reason: str, now: float) -> ServiceState:
    """Make a deployment of this revision primary: a former one that still has tasks, otherwise a new one."""
    former = _former(state, revision)
    deployment_id = former.id if former is not None else f"ecs-svc/{_number(service, now)}"
    created_at = former.created_at if former is not None else now
    primary = DeploymentState(id=deployment_id, revision=revision, created_at=created_at, updated_at=now)
    return _with_new_primary(state, primary, reason)


def _former(state: ServiceState, revision: Revision) -> DeploymentState | None:
    return next((each for each in state.deployments[1:] if each.revision == revision), None)


def _with_new_primary(state: ServiceState, primary: DeploymentState, reason: str) -> ServiceState:
    """Return the state with this primary deployment; `reason` has {id} in the place of its id."""
    primary = replace(primary, rollout_state_reason=reason.format(id=primary.id))
    others = tuple(each for each in state.deployments if each.id != primary.id)
    seen = state.seen | {primary.id}
    return replace(state, deployments=(primary, *others), seen=seen, start_not_before=0.0, steady=False)


def _number(service: EcsService, now: float) -> str:
    """Return the 19 digits of a deployment id, unique among all services."""
    digest = hashlib.sha256(f"{service.arn} {now!r}".encode()).digest()
    return f"{int.from_bytes(digest[:8]) % 10**19:019d}"


def _with_failures(state: ServiceState, tasks: Sequence[TaskView], now: float) -> ServiceState:
    """Count the tasks that ended without a stop request."""
    ended = [task.deployment_id for task in tasks if task.status == "STOPPED" and not task.asked_to_stop]
    return _with_counted(state, ended, now)


def _with_unhealthy(
    state: ServiceState, tasks: Sequence[TaskView], actions: Sequence[Action], now: float
) -> ServiceState:
    """Count the tasks that are being stopped because they are unhealthy."""
    stopped = {action.task_id for action in actions if isinstance(action, StopTask) and action.failed}
    return _with_counted(state, [task.deployment_id for task in tasks if task.id in stopped], now)


def _with_counted(state: ServiceState, deployment_ids: Sequence[str], now: float) -> ServiceState:
    if not deployment_ids:
        return state
    deployments = tuple(
        replace(each, failed_tasks=each.failed_tasks + deployment_ids.count(each.id), updated_at=now)
        if each.id in deployment_ids
        else each
        for each in state.deployments
    )
    state = replace(state, deployments=deployments)
    if state.primary.id not in deployment_ids:
        return state
    return replace(state, start_not_before=now + restart_delay_seconds(state.primary.failed_tasks))


def _with_proven(state: ServiceState, tasks: Sequence[TaskView]) -> ServiceState:
    """Record the tasks that have been healthy.

    A task that becomes healthy for the first time resets its deployment's count of failures.
    """
    healthy = {task.id for task in tasks if task.status == "RUNNING" and task.health == "healthy"}
    newly = {task.deployment_id for task in tasks if task.id in healthy - state.ever_healthy}
    known = {task.id for task in tasks if task.status != "STOPPED"}
    deployments = tuple(replace(each, failed_tasks=0) if each.id in newly else each for each in state.deployments)
    return replace(state, deployments=deployments, ever_healthy=(state.ever_healthy | healthy) & known)


def _breaker_trips(service: EcsService, state: ServiceState) -> bool:
    primary = state.primary
    return (
        service.circuit_breaker
        and primary.rollout_state == "IN_PROGRESS"
        and primary.failed_tasks >= breaker_threshold(service.desired_count)
    )


def _fail(service: EcsService, state: ServiceState, now: float) -> tuple[ServiceState, tuple[Action, ...]]:
    """Fail the primary deployment; roll back to the last completed revision if there is one and rollback is enabled."""
    failed = replace(
        state.primary,
        rollout_state="FAILED",
        rollout_state_reason="ECS deployment circuit breaker: tasks failed to start.",
        updated_at=now,
    )
    state = state.with_primary(failed)
    state = state.with_event(service.name, f"(deployment {failed.id}) deployment failed: tasks failed to start.", now)
    if not service.circuit_breaker_rollback or state.completed is None:
        return state, ()
    if state.completed == failed.revision and _former(state, failed.revision) is None:
        return state, ()
    reason = "ECS deployment circuit breaker: rolling back to deploymentId {id}."
    is_new = _former(state, state.completed) is None
    state = _promoted(service, state, state.completed, reason, now)
    state = state.with_primary(replace(state.primary, rolls_back=is_new))
    state = state.with_event(service.name, f"rolling back to deployment {state.primary.id}.", now)
    back_to = state.primary.revision.task_definition.arn
    if back_to == failed.revision.task_definition.arn:
        return state, ()
    state = replace(state, rolled_back_from=failed.revision.task_definition.arn)
    return state, (RollBack(task_definition_arn=back_to),)


def _concluded(service: EcsService, state: ServiceState, tasks: Sequence[TaskView], now: float) -> ServiceState:
    """Drop deployments whose last task has stopped; record completion and the steady state."""
    live = [task for task in tasks if task.status != "STOPPED"]
    occupied = {task.deployment_id for task in live}
    primary, *others = state.deployments
    kept = tuple(each for each in others if each.id in occupied)
    ended = tuple(each for each in others if each.id not in occupied)
    state = replace(state, deployments=(primary, *kept), ended=(*ended, *state.ended)[:KEPT_DEPLOYMENTS])
    healthy = [task for task in live if task.status == "RUNNING" and task.health == "healthy"]
    at_rest = occupied <= {primary.id} and len(live) == len(healthy) == service.desired_count
    if at_rest and primary.rollout_state == "IN_PROGRESS":
        reason = f"ECS deployment {primary.id} completed."
        done = replace(primary, rollout_state="COMPLETED", rollout_state_reason=reason, updated_at=now)
        state = replace(state.with_primary(done), completed=done.revision)
        state = state.with_event(service.name, f"(deployment {primary.id}) deployment completed.", now)
    if at_rest and not state.steady:
        state = state.with_event(service.name, "has reached a steady state.", now)
    return replace(state, steady=at_rest)

"""The decision which tasks of an ECS service to start and to stop at one moment of a rolling update. No I/O.

Two limits apply. Stops never reduce the healthy tasks below the minimum healthy percent. Starts never raise the number
of tasks above the maximum percent; a task counts until it has stopped.
"""

from __future__ import annotations

from collections.abc import Sequence

from colonnade_sandbox.control_plane.snapshot import EcsService
from colonnade_sandbox.tasks.deployment_state import Action, ServiceState, StartTask, StopTask, TaskView

_UNHEALTHY = "Task failed health checks"


def minimum_healthy_count(service: EcsService) -> int:
    """Return the minimum healthy percent of the desired count, rounded up, at most the desired count."""
    return min(-(-service.desired_count * service.minimum_healthy_percent // 100), service.desired_count)


def maximum_count(service: EcsService) -> int:
    """Return the maximum percent of the desired count, rounded down."""
    return service.desired_count * service.maximum_percent // 100


def scaling_reason(state: ServiceState) -> str:
    """Return the stopped reason of a task that ECS no longer needs.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
    """
    return f"Scaling activity initiated by (deployment {state.primary.id})"


def starts_and_stops(
    service: EcsService, state: ServiceState, tasks: Sequence[TaskView], now: float
) -> tuple[Action, ...]:
    """Return the actions for the tasks of all deployments, stops first."""
    counts = _TaskCounts(service, state, tasks, now)
    starts = counts.starts()
    return (*counts.stops(room_needed=max(counts.missing - len(starts), 0)), *starts)


class _TaskCounts:
    """The tasks of a service, grouped by the action that they may need."""

    def __init__(self, service: EcsService, state: ServiceState, tasks: Sequence[TaskView], now: float) -> None:
        self.service, self.state, self.now = service, state, now
        live = [task for task in tasks if task.status != "STOPPED"]
        active = [task for task in live if task.status != "STOPPING"]
        own = [task for task in active if task.deployment_id == state.primary.id]
        self.failing = [task for task in own if self._fails(task)]
        self.own = [task for task in own if not self._fails(task)]
        self.old = [task for task in active if task.deployment_id != state.primary.id]
        self.healthy_own = sum(task.health == "healthy" for task in self.own)
        self.replaced = self.healthy_own >= service.desired_count
        self.room = max(maximum_count(service) - len(live), 0)
        self.missing = max(service.desired_count - len(self.own), 0) if self._may_start() else 0

    def starts(self) -> list[StartTask]:
        primary = self.state.primary
        return [StartTask(deployment_id=primary.id, revision=primary.revision)] * min(self.missing, self.room)

    def stops(self, room_needed: int) -> list[StopTask]:
        """Return the tasks to stop; `room_needed` is the number of tasks that cannot start because of the maximum
        percent until others have stopped."""
        surplus = self._surplus()
        return [
            *(StopTask(task_id=task.id, reason=scaling_reason(self.state)) for task in surplus),
            *(StopTask(task_id=task.id, reason=_UNHEALTHY, failed=True) for task in self._failing_to_stop()),
            *(StopTask(task_id=task.id, reason=scaling_reason(self.state)) for task in self._old_to_stop(room_needed)),
        ]

    def _may_start(self) -> bool:
        return self.state.primary.rollout_state != "FAILED" and self.now >= self.state.start_not_before

    def _fails(self, task: TaskView) -> bool:
        """Return True if the task is unhealthy and its health check grace period is over."""
        since = task.running_since if task.running_since is not None else self.now
        return task.health == "unhealthy" and self.now - since >= self.service.health_check_grace_seconds

    def _surplus(self) -> list[TaskView]:
        """Return the tasks over the desired count: tasks that are not healthy first, then the newest."""
        count = max(len(self.own) - self.service.desired_count, 0)
        ranked = sorted(self.own, key=lambda task: (task.health == "healthy", -_age_rank(task, self.now)))
        return ranked[:count]

    def _failing_to_stop(self) -> list[TaskView]:
        """Return the unhealthy tasks to stop now.

        While a deployment is in progress, all unhealthy tasks are stopped. After it is completed, the replacement of a
        task is started first, if the maximum percent allows it.
        """
        if self.state.primary.rollout_state != "COMPLETED" or self.replaced or self.room == 0:
            return self.failing
        return []

    def _old_to_stop(self, room_needed: int) -> list[TaskView]:
        healthy_old = [task for task in self.old if task.health == "healthy"]
        others = [task for task in self.old if task.health != "healthy"]
        healthy = self.healthy_own + len(healthy_old)
        may_recover = not self.replaced and room_needed == 0
        stopped = [task for task in others if not (may_recover and task.id in self.state.ever_healthy)]
        spare = healthy - self.service.desired_count
        if room_needed > len(stopped):
            spare = max(spare, min(healthy - minimum_healthy_count(self.service), room_needed - len(stopped)))
        return [*stopped, *healthy_old[: max(spare, 0)]]


def _age_rank(task: TaskView, now: float) -> float:
    """Return a rank that is higher for a newer task; a task that does not run yet is the newest."""
    return task.running_since if task.running_since is not None else now

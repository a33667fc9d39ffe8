"""The next state of a task at one tick, with the actions of ECS: register, deregister, drain, signal.

`Task` + snapshot + target health + time -> calls, signals, a new status, and events
"""

from __future__ import annotations

import signal
from collections.abc import Mapping
from dataclasses import dataclass

from colonnade_sandbox.control_plane.observations import TargetHealth
from colonnade_sandbox.control_plane.snapshot import Snapshot
from colonnade_sandbox.tasks.deployment_state import Health
from colonnade_sandbox.tasks.process import TaskProcess
from colonnade_sandbox.tasks.registration import Registrar, RegistrationError, is_registered
from colonnade_sandbox.tasks.target_health import health, is_draining, unhealthy_because
from colonnade_sandbox.tasks.task import Task, TaskFailure

TaskEvent = str | TaskFailure
"""An event of the service, without the prefix "(service X)", or a failure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """The inputs of one tick; `now` is in seconds of the scheduler's clock."""

    snapshot: Snapshot
    target_health: Mapping[str, tuple[TargetHealth, ...]]
    now: float


class TaskTransitions:
    """The transitions of tasks to their next states at one tick."""

    def __init__(self, registrar: Registrar, tick: Tick) -> None:
        self._registrar = registrar
        self.tick = tick

    def advance(self, task: Task) -> list[TaskEvent]:
        """Move the task to its next state and return the events since the last tick."""
        process = task.process
        if process is None or task.status == "STOPPED":
            return []
        if process.exit_code() is not None:
            return self._ended(task, process)
        if task.status == "PENDING" and process.running():
            return self._runs(task, process)
        if task.status == "RUNNING":
            task.health = self._health(task)
        if task.status == "DEACTIVATING":
            return self._drain(task, process)
        if task.status == "STOPPING" and self._stop_timeout_is_over(task):
            process.kill()
        return []

    def stop(self, task: Task, reason: str, *, failed: bool) -> list[TaskEvent]:
        """Begin to stop the task and return the events; `failed` is True if the task is unhealthy."""
        task.asked_to_stop = True
        task.stopped_reason, task.stop_code = reason, "ServiceSchedulerInitiated"
        events: list[TaskEvent] = []
        if failed:
            because = unhealthy_because(task.registrant, self.tick.target_health)
            events.append(task.failure(f"{reason}: {because}"))
            events.append(f"(task {task.id}) is unhealthy due to (reason {because}).")
        if task.status == "RUNNING" and task.registrant.revision.load_balancers:
            events.append("has begun draining connections on 1 tasks.")
        self._deregister(task)
        task.status = "DEACTIVATING"
        return events

    def _runs(self, task: Task, process: TaskProcess) -> list[TaskEvent]:
        task.status, task.running_since = "RUNNING", self.tick.now
        try:
            self._registrar.register(task.registrant, self.tick.snapshot)
        except RegistrationError as error:
            task.kill_reason = f"could not be registered: {error}"
            process.kill()
            return []
        groups = [each.target_group_arn for each in task.registrant.revision.load_balancers]
        return [f"registered 1 targets in (target-group {group})" for group in groups]

    def _ended(self, task: Task, process: TaskProcess) -> list[TaskEvent]:
        if not task.asked_to_stop:
            self._deregister(task)
        task.status = "STOPPED"
        if task.asked_to_stop:
            return []
        task.stopped_reason, task.stop_code = _stop_words(task, process)
        reason = task.kill_reason if task.kill_reason else _end_reason(process)
        return [task.failure(reason), f"(task {task.id}) stopped: {reason}."]

    def _drain(self, task: Task, process: TaskProcess) -> list[TaskEvent]:
        """Send SIGTERM once no target group drains the task any more."""
        if is_registered(task.registrant, self.tick.snapshot):
            self._deregister(task)  # the snapshot is older than the first call, or the call failed
            return []
        if is_draining(task.registrant, self.tick.target_health):
            return []
        process.terminate()
        task.status, task.signalled_at = "STOPPING", self.tick.now
        return [f"has stopped 1 running tasks: (task {task.id})."]

    def _deregister(self, task: Task) -> None:
        if task.running_since is not None:
            self._registrar.deregister(task.registrant, self.tick.snapshot)

    def _health(self, task: Task) -> Health:
        since = task.running_since if task.running_since is not None else self.tick.now
        return health(task.registrant, self.tick.target_health, running_for_seconds=self.tick.now - since)

    def _stop_timeout_is_over(self, task: Task) -> bool:
        timeout = task.registrant.revision.task_definition.container.stop_timeout_seconds
        return task.signalled_at is not None and self.tick.now - task.signalled_at >= timeout


def _stop_words(task: Task, process: TaskProcess) -> tuple[str, str]:
    """Return the stoppedReason and the stopCode of a task that ended by itself.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
    """
    if process.start_error or task.kill_reason:
        return task.kill_reason if task.kill_reason else _end_reason(process), "TaskFailedToStart"
    return "Essential container in task exited", "EssentialContainerExited"


def _end_reason(process: TaskProcess) -> str:
    if process.start_error:
        return f"CannotStartContainerError: {process.start_error}"
    code = process.exit_code()
    if code is not None and code > 128:
        return f"Essential container in task was ended by {signal.Signals(code - 128).name}"
    return f"Essential container in task exited with {code}"

"""The next state of a task at one tick, with the actions of ECS: start, register, deregister, drain, signal.

`Task` + snapshot + target health + time -> calls, signals, a new status, and events
"""

from __future__ import annotations

import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from colonnade_sandbox.control_plane.observations import TargetHealth
from colonnade_sandbox.control_plane.snapshot import Snapshot
from colonnade_sandbox.tasks.container_order import may_stop
from colonnade_sandbox.tasks.deployment_state import Health
from colonnade_sandbox.tasks.registration import Registrar, RegistrationError, is_registered
from colonnade_sandbox.tasks.target_health import health, is_draining, unhealthy_target
from colonnade_sandbox.tasks.task import Task, TaskFailure
from colonnade_sandbox.tasks.task_container import TaskContainer
from colonnade_sandbox.tasks.task_starter import TaskStarter


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedEvent:
    """An event that ECS reports once for several tasks.

    `words` is its message with {} in place of their number. It may have {tasks} in place of their ids.
    """

    words: str
    task: str
    """The id of the task."""


TaskEvent = str | CountedEvent | TaskFailure
"""An event of the service, without the prefix "(service X)", or a failure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """The inputs of one tick; `now` is in seconds of the scheduler's clock."""

    snapshot: Snapshot
    target_health: Mapping[str, tuple[TargetHealth, ...]]
    now: float


def counted(events: Sequence[TaskEvent]) -> list[str | TaskFailure]:
    """Return the events of one tick. Counted events with equal words become one."""
    together: dict[str | TaskFailure, list[TaskEvent]] = {}
    for event in events:
        together.setdefault(event.words if isinstance(event, CountedEvent) else event, []).append(event)
    return [_as_one(same) for same in together.values()]


def _as_one(same: Sequence[TaskEvent]) -> str | TaskFailure:
    first = same[0]
    if not isinstance(first, CountedEvent):
        return first
    tasks = " ".join(f"(task {event.task})" for event in same if isinstance(event, CountedEvent))
    return first.words.format(len(same), tasks=tasks)


class TaskTransitions:
    """The transitions of tasks to their next states at one tick."""

    def __init__(self, registrar: Registrar, starter: TaskStarter, tick: Tick) -> None:
        self._registrar = registrar
        self._starter = starter
        self.tick = tick

    def advance(self, task: Task) -> list[TaskEvent]:
        """Move the task to its next state and return the events since the last tick."""
        if task.status == "STOPPED":
            return []
        if task.status == "PENDING":
            self._starter.start_containers(task, self.tick.now)
        self._check_containers(task)
        if task.status != "STOPPING":
            ended = _ended_container(task)
            if ended is not None:
                return self._ends(task, ended)
        if task.status == "PENDING" and all(each.status != "PENDING" for each in task.containers):
            return self._runs(task)
        if task.status == "RUNNING":
            task.health = self._health(task)
            self._report_health(task)
        if task.status == "DEACTIVATING":
            return self._drain(task)
        if task.status == "STOPPING":
            self._stop_containers(task)
        return []

    def stop(
        self, task: Task, reason: str, *, code: str = "ServiceSchedulerInitiated", failed: bool = False
    ) -> list[TaskEvent]:
        """Begin to stop the task and return the events; `failed` is True if the task is unhealthy."""
        task.asked_to_stop = True
        events: list[TaskEvent] = []
        if failed:
            reason, failure, event = self._unhealthy(task)
            events += [failure, event]
        if task.status == "RUNNING" and task.registrant.revision.load_balancers:
            events.append(CountedEvent(words="has begun draining connections on {} tasks.", task=task.id))
        events += self._stopping(task, reason, code)
        task.status = "DEACTIVATING"
        return events

    def _check_containers(self, task: Task) -> None:
        for container in task.containers:
            if container.status == "RUNNING":
                if container.running_since is None:
                    container.running_since = self.tick.now
                    self._starter.watch_health(task, container, self.tick.now)
                if container.health_check is not None:
                    container.health_check.advance(self.tick.now)
            elif container.health_check is not None:
                container.health_check.stop()

    def _unhealthy(self, task: Task) -> tuple[str, TaskFailure, str]:
        """Return the reason why an unhealthy task is stopped, its failure, and the event of the service."""
        if task.container_health == "UNHEALTHY":
            cause = next(each for each in task.containers if each.definition.essential and each.health == "UNHEALTHY")
            reason = "Task failed container health checks"
            failure = task.failure(f"{reason}: container {cause.name} is UNHEALTHY", cause)
            return reason, failure, f"(task {task.id}) failed container health checks."
        found = unhealthy_target(task.registrant, self.tick.target_health)
        if found is None:
            reason = "Task failed ELB health checks"
            return reason, task.failure(reason, task.main_container), f"(task {task.id}) is unhealthy."
        group, target = found
        because = target.description if target.description else target.reason
        reason = f"Task failed ELB health checks in (target-group {group})"
        failure = task.failure(f"Task failed ELB health checks: {because}", task.main_container)
        place = f"(task {task.id}) (port {target.port}) is unhealthy in (target-group {group})"
        return reason, failure, f"{place} due to (reason {because})."

    def _runs(self, task: Task) -> list[TaskEvent]:
        task.status, task.running_since = "RUNNING", self.tick.now
        try:
            self._registrar.register(task.registrant, self.tick.snapshot)
        except RegistrationError as error:
            return self._fails(task, f"could not be registered: {error}", task.main_container)
        groups = [each.target_group_arn for each in task.registrant.revision.load_balancers]
        return [
            CountedEvent(words=f"registered {{}} targets in (target-group {group})", task=task.id) for group in groups
        ]

    def _ends(self, task: Task, ended: TaskContainer) -> list[TaskEvent]:
        """Stop the other containers, because an essential one has ended."""
        if task.asked_to_stop:
            task.status = "STOPPING"
            self._stop_containers(task)
            return []
        events = self._stopping(task, *_stop_words(ended))
        task.status = "STOPPING"
        self._stop_containers(task)
        cause, reason = _cause(task, ended)
        return [task.failure(reason, cause), f"(task {task.id}) stopped: {reason}.", *events]

    def _fails(self, task: Task, reason: str, cause: TaskContainer) -> list[TaskEvent]:
        """Kill a task whose registration failed."""
        events = self._stopping(task, reason, "TaskFailedToStart")
        task.status = "STOPPING"
        for container in task.containers:
            if container.process is not None:
                container.process.kill()
        return [task.failure(reason, cause), f"(task {task.id}) stopped: {reason}.", *events]

    def _drain(self, task: Task) -> list[TaskEvent]:
        """Send SIGTERM once no target group drains the task any more."""
        if is_registered(task.registrant, self.tick.snapshot):
            self._deregister(task)  # the snapshot is older than the first call, or the call failed
            return []
        if is_draining(task.registrant, self.tick.target_health):
            return []
        task.status = "STOPPING"
        self._stop_containers(task)
        return [CountedEvent(words="has stopped {} running tasks: {tasks}.", task=task.id)]

    def _stop_containers(self, task: Task) -> None:
        """Signal the containers on which no running one depends; kill those whose stop timeout is over."""
        views = task.container_views(self.tick.now)
        for container in task.containers:
            if container.process is None:
                container.cancelled = True
            elif container.status != "STOPPED" and may_stop(container.definition, views):
                if container.signalled_at is None:
                    container.process.terminate()
                    container.signalled_at = self.tick.now
                elif self.tick.now - container.signalled_at >= container.definition.stop_timeout_seconds:
                    container.process.kill()
        if all(each.status == "STOPPED" for each in task.containers):
            task.status, task.stopped_at = "STOPPED", self.tick.now

    def _stopping(self, task: Task, reason: str, code: str) -> list[TaskEvent]:
        """Record why the task stops, and deregister it."""
        task.stopped_reason, task.stop_code, task.stopping_since = reason, code, self.tick.now
        self._deregister(task)
        groups = [each.target_group_arn for each in task.registrant.revision.load_balancers]
        if task.running_since is None:
            return []
        return [
            CountedEvent(words=f"deregistered {{}} targets in (target-group {group})", task=task.id) for group in groups
        ]

    def _deregister(self, task: Task) -> None:
        if task.running_since is not None:
            self._registrar.deregister(task.registrant, self.tick.snapshot)

    def _health(self, task: Task) -> Health:
        since = task.running_since if task.running_since is not None else self.tick.now
        return health(
            task.registrant,
            self.tick.target_health,
            containers=task.container_health,
            running_for_seconds=self.tick.now - since,
        )

    def _report_health(self, task: Task) -> None:
        """Report a change of the containers' health to Cloud Map."""
        if task.container_health != task.reported_health:
            task.reported_health = task.container_health
            self._registrar.report_health(task.registrant, task.container_health, self.tick.snapshot)


def _ended_container(task: Task) -> TaskContainer | None:
    """Return the essential container that has ended, or the last container if all have ended; None if the task keeps
    running."""
    ended = [each for each in task.containers if each.status == "STOPPED"]
    essential = [each for each in ended if each.definition.essential]
    if essential:
        return essential[0]
    return ended[-1] if len(ended) == len(task.containers) else None


def _stop_words(ended: TaskContainer) -> tuple[str, str]:
    """Return the stoppedReason and the stopCode of a task that ended by itself.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
    """
    if ended.reason and ended.blocked is None:
        return ended.reason, "TaskFailedToStart"
    return "Essential container in task exited", "EssentialContainerExited"


def _cause(task: Task, ended: TaskContainer) -> tuple[TaskContainer, str]:
    """Return the container that caused the end, and the reason.

    For a container that never started, the cause is the dependency that was not met.
    """
    if ended.blocked is not None:
        cause = next(each for each in task.containers if each.definition == ended.blocked.dependency)
        end = cause.reason if cause.reason else f"container {cause.name} {_end(cause)}"
        return cause, f"{end}, so container {ended.name} was not started"
    if ended.reason:
        return ended, ended.reason
    name = f" ({ended.name})" if len(task.containers) > 1 else ""
    return ended, f"Essential container in task{name} {_end(ended)}"


def _end(container: TaskContainer) -> str:
    code = container.exit_code
    if code is None:
        return "did not meet its condition in time"
    return f"was ended by {signal.Signals(code - 128).name}" if code > 128 else f"exited with {code}"

"""The entry point: `TaskScheduler.tick` reads the state of the AWS APIs and starts and stops processes accordingly.

snapshot -> each task a step further (`task_transitions`) -> a plan per service (`rollout`, pure) -> starts and stops
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from colonnade_sandbox.control_plane.log_store import LogStore
from colonnade_sandbox.control_plane.observations import ServiceObservation, TargetHealth, TaskObservation
from colonnade_sandbox.control_plane.snapshot import EcsService, Snapshot
from colonnade_sandbox.tasks.addresses import AddressBlock
from colonnade_sandbox.tasks.aws_access import AccessClients, AwsAccess
from colonnade_sandbox.tasks.deployment_state import Action, RollBack, ServiceState, StartTask, StopTask
from colonnade_sandbox.tasks.image_catalog import ImageCatalog
from colonnade_sandbox.tasks.name_resolution import NameResolution
from colonnade_sandbox.tasks.names import host_name
from colonnade_sandbox.tasks.observation import observe
from colonnade_sandbox.tasks.registration import AwsClients, Registrar
from colonnade_sandbox.tasks.rollout import plan, stop_all
from colonnade_sandbox.tasks.secret_values import SecretClients, SecretReader
from colonnade_sandbox.tasks.task import Task, TaskFailure, TaskListing
from colonnade_sandbox.tasks.task_logs import LogClients, TaskLogs
from colonnade_sandbox.tasks.task_starter import TaskStarter
from colonnade_sandbox.tasks.task_transitions import TaskEvent, TaskTransitions, Tick, counted

__all__ = ["TaskFailure", "TaskListing", "TaskScheduler"]

_CLOSE_GRACE_SECONDS = 2.0
_STOPPED_TASKS_SECONDS = 3600.0
"""The time for which ECS lists a stopped task: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTasks.html"""


class Clients(AwsClients, AccessClients, LogClients, SecretClients, Protocol):
    """The clients for registrations, and for the credentials, log streams and secrets of tasks."""


@dataclass(slots=True, kw_only=True)
class _Service:
    name: str
    desired_count: int = 0
    state: ServiceState = field(default_factory=ServiceState)
    tasks: dict[str, Task] = field(default_factory=dict)
    stopped: deque[tuple[float, TaskObservation]] = field(default_factory=deque)
    """The stopped tasks of the last hour with the time of their end, newest first."""
    deleted: bool = False

    def observation(self) -> ServiceObservation:
        tasks = self.tasks.values()
        described = [*(task.observation() for task in tasks), *(stopped for _, stopped in self.stopped)]
        return observe(self.state, [task.view() for task in tasks], self.desired_count, described)


class TaskScheduler:
    """The scheduler for the tasks of all ECS services.

    One thread calls it. No method blocks longer than an API call, except `close`.

    `directory` (created if absent) receives one log file per container and the tasks' private host names. `logs`
    receives the lines of the containers with the log driver awslogs. `project_root` is the working directory of a
    container that declares none. `clock` returns seconds since the epoch.
    `namespaces` sets whether containers get namespaces of their own; None uses them if the machine allows it.
    """

    def __init__(
        self,
        *,
        aws: Clients,
        images: ImageCatalog,
        logs: LogStore,
        directory: Path,
        project_root: Path,
        clock: Callable[[], float] = time.time,
        namespaces: bool | None = None,
    ) -> None:
        self._clock = clock
        self._registrar = Registrar(aws)
        self._addresses = AddressBlock()
        self._names = NameResolution(
            directory / "names", clock=clock, proxy_address=self._addresses.take(), namespaces=namespaces
        )
        self._logs = TaskLogs(aws, logs, clock)
        self._logs.start()
        self._starter = TaskStarter(
            images=images,
            directory=directory,
            project_root=project_root,
            addresses=self._addresses,
            names=self._names,
            secrets=SecretReader(aws),
            access=AwsAccess(aws),
            logs=self._logs,
        )
        self._services: dict[str, _Service] = {}
        self._listing: tuple[TaskListing, ...] = ()
        self._failures: tuple[TaskFailure, ...] = ()
        self._closed = False

    def tick(
        self, snapshot: Snapshot, target_health: Mapping[str, tuple[TargetHealth, ...]]
    ) -> Mapping[str, ServiceObservation]:
        """Act on one snapshot and return the observations by service ARN.

        A deleted service is included as long as ECS lists its stopped tasks.
        """
        tick = Tick(snapshot=snapshot, target_health=target_health, now=self._clock())
        transitions = TaskTransitions(self._registrar, self._starter, tick)
        wanted = {service.arn: service for service in snapshot.services if service.status == "ACTIVE"}
        for arn, service in wanted.items():
            if arn not in self._services or self._services[arn].deleted:
                former = self._services.get(arn, _Service(name=service.name))
                self._services[arn] = _Service(name=service.name, tasks=former.tasks, stopped=former.stopped)
        for arn, record in self._services.items():
            self._step(record, wanted.get(arn), transitions)
        gone = [
            arn for arn, record in self._services.items() if record.deleted and not record.tasks and not record.stopped
        ]
        for arn in gone:
            del self._services[arn]
        self._publish(snapshot)
        return {arn: record.observation() for arn, record in self._services.items()}

    def tasks(self) -> tuple[TaskListing, ...]:
        """Return every task that has not stopped, oldest first within a service. Any thread may call this."""
        return self._listing

    def failures(self) -> tuple[TaskFailure, ...]:
        """Return the failures so far, oldest first. Any thread may call this."""
        return self._failures

    def close(self) -> None:
        """Stop every task: SIGTERM, then SIGKILL after two seconds. No task process is left. Safe to call twice."""
        if self._closed:
            return
        self._closed = True
        processes = [
            container.process
            for record in self._services.values()
            for task in record.tasks.values()
            for container in task.containers
            if container.process is not None
        ]
        for process in processes:
            process.terminate()
        deadline = time.monotonic() + _CLOSE_GRACE_SECONDS
        for process in processes:
            if not process.wait(max(deadline - time.monotonic(), 0)):
                process.kill()
        for process in processes:
            process.wait(_CLOSE_GRACE_SECONDS)
        self._starter.close()
        self._logs.close()
        self._names.close()
        self._addresses.close()
        self._listing = ()

    def _step(self, record: _Service, service: EcsService | None, transitions: TaskTransitions) -> None:
        """Advance the tasks of one service, then act on its rollout plan."""
        now, requests = transitions.tick.now, transitions.tick.snapshot.stop_requests
        events = [event for task in record.tasks.values() for event in transitions.advance(task)]
        for task in record.tasks.values():
            if task.id in requests and task.status in ("PENDING", "RUNNING"):
                events += transitions.stop(task, requests[task.id], code="UserInitiated")
        self._note(record, events, now)
        views = [task.view() for task in record.tasks.values()]
        for task in [task for task in record.tasks.values() if task.status == "STOPPED"]:
            self._starter.ended(task)
            record.stopped.appendleft((now, task.observation()))
            del record.tasks[task.id]
        while record.stopped and now - record.stopped[-1][0] > _STOPPED_TASKS_SECONDS:
            record.stopped.pop()
        if service is None:
            record.deleted = True
            self._act(record, None, stop_all(record.state, views), transitions)
            return
        record.desired_count = service.desired_count
        planned = plan(service, record.state, views, now)
        record.state = planned.state
        self._act(record, service, planned.actions, transitions)

    def _act(
        self, record: _Service, service: EcsService | None, actions: Sequence[Action], transitions: TaskTransitions
    ) -> None:
        """Perform the actions. `service` is None for a deleted service, whose tasks are only stopped."""
        events: list[TaskEvent] = []
        for action in actions:
            if isinstance(action, StopTask):
                events += transitions.stop(record.tasks[action.task_id], action.reason, failed=action.failed)
            elif isinstance(action, RollBack) and service is not None:
                self._registrar.roll_back(service, action.task_definition_arn)
        self._note(record, events, transitions.tick.now)
        starts = [action for action in actions if isinstance(action, StartTask)]
        if service is not None and starts:
            self._start(record, service, starts, transitions.tick.now)

    def _start(self, record: _Service, service: EcsService, starts: Sequence[StartTask], now: float) -> None:
        started = []
        for action in starts:
            task, error = self._starter.start(service, action, now)
            record.tasks[task.id] = task
            if error:
                task.status, task.stopping_since, task.stopped_at = "STOPPED", now, now
                task.stopped_reason, task.stop_code = error, "TaskFailedToStart"
                cause = next(container for container in task.containers if container.start_error)
                self._note(record, [task.failure(error, cause), f"was unable to start a task. Reason: {error}."], now)
            else:
                started.append(f"(task {task.id})")
        if started:
            self._note(record, [f"has started {len(started)} tasks: {' '.join(started)}."], now)

    def _note(self, record: _Service, events: Sequence[TaskEvent], now: float) -> None:
        for event in counted(events):
            if isinstance(event, TaskFailure):
                self._failures = (*self._failures, event)
            else:
                record.state = record.state.with_event(record.name, event, now)

    def _publish(self, snapshot: Snapshot) -> None:
        """Update the names that tasks can resolve, and the listing of tasks."""
        tasks = [task for record in self._services.values() for task in record.tasks.values()]
        live = [task for task in tasks if task.status != "STOPPED"]
        self._names.update(
            snapshot.discovery_services,
            [(task.registrant.address, host_name(task.registrant.address, _region(task.service_arn))) for task in live],
        )
        self._listing = tuple(task.listing() for task in live)


def _region(arn: str) -> str:
    return arn.split(":")[3]

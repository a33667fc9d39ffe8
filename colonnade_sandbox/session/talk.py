"""The lines that a running session prints: two observations of the services -> the events between them.

A task that ended by itself, its replacement, a health that changed, a rollout that was completed, failed or rolled
back. No I/O.
"""

from __future__ import annotations

import itertools
import signal
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from colonnade_sandbox.control_plane.observations import (
    Deployment,
    Observations,
    ServiceEvent,
    ServiceObservation,
    TaskObservation,
)
from colonnade_sandbox.control_plane.snapshot import Snapshot

_SHOWN_ID = 8
_ROLLBACK = "rolling back to deployment"
_LOST_CODES = ("EssentialContainerExited", "TaskFailedToStart")


@dataclass(slots=True, kw_only=True)
class _Service:
    """The facts about one service that were printed or need no line."""

    rollout: tuple[str, str] = ("", "")
    """The id and the state of the primary deployment."""
    lost: deque[str] = field(default_factory=deque)
    """Tasks that ended or turned unhealthy and have no healthy replacement yet."""
    ended: set[str] = field(default_factory=set)
    unhealthy: set[str] = field(default_factory=set)
    healthy: set[str] = field(default_factory=set)
    """Tasks that have been healthy."""
    last_cause: str = ""
    newest: ServiceEvent | None = None
    """The newest event."""


class Talk:
    """The lines about services. The first call of `lines` only takes notes, except for what happens after it."""

    def __init__(self) -> None:
        self._services: dict[str, _Service] = {}

    def lines(self, snapshot: Snapshot, observations: Observations) -> list[str]:
        """Return one line for each event since the last call, each with the name of its service."""
        services, health = observations.services, observations.target_health
        states = {each.address: each.state for targets in health.values() for each in targets}
        why = {each.address: each.description for targets in health.values() for each in targets}
        lines: list[str] = []
        for service in snapshot.services:
            observation = services.get(service.arn)
            if observation is None or not observation.deployments:
                continue
            known = self._services.get(service.arn)
            notes = known if known is not None else _Service()
            self._services[service.arn] = notes
            said = [
                *_task_lines(notes, observation, states, why, bool(service.load_balancers)),
                *_rollout_lines(notes, observation),
            ]
            if known is not None:
                lines += [f"{service.name}: {each}" for each in said]
        return lines


def _task_lines(
    notes: _Service,
    observation: ServiceObservation,
    states: Mapping[str, str],
    why: Mapping[str, str],
    has_target_group: bool,
) -> Iterator[str]:
    tasks = sorted(observation.tasks, key=lambda each: each.stop_code not in _LOST_CODES)  # ends, then replacements
    for task in tasks:
        if task.stop_code:
            yield from _ended(notes, task)
            continue
        # Only a RUNNING task has targets of its own: its address may have been that of an earlier task.
        state = states.get(task.address, "initial") if task.status == "RUNNING" else "initial"
        if state == "unhealthy" or task.health == "UNHEALTHY":
            if task.id not in notes.unhealthy and task.id in notes.healthy:
                notes.unhealthy.add(task.id)
                cause = why.get(task.address, "") if state == "unhealthy" else "container health checks fail"
                yield f"task {_short(task)} turned unhealthy: {cause if cause else 'health checks fail'}"
        elif _is_healthy(task, state, has_target_group):
            yield from _recovered(notes, task)


def _is_healthy(task: TaskObservation, state: str, has_target_group: bool) -> bool:
    return task.status == "RUNNING" and (state == "healthy" or not has_target_group)


def _recovered(notes: _Service, task: TaskObservation) -> Iterator[str]:
    if task.id in notes.unhealthy:
        notes.unhealthy.discard(task.id)
        yield f"task {_short(task)} is healthy again"
    if task.id not in notes.healthy:
        notes.healthy.add(task.id)
        if notes.lost:
            yield f"task {_short(task)} is healthy and replaces task {notes.lost.popleft()}"


def _ended(notes: _Service, task: TaskObservation) -> Iterator[str]:
    if task.id in notes.ended:
        return
    notes.ended.add(task.id)
    if task.stop_code in _LOST_CODES:
        notes.last_cause = _end(task)
        notes.lost.append(_short(task))
        yield f"task {_short(task)} ended: {notes.last_cause}"
    elif "health checks" in task.stopped_reason:
        notes.last_cause = task.stopped_reason
        notes.lost.append(_short(task))
        yield f"task {_short(task)} is stopped and replaced: {task.stopped_reason}"


def _end(task: TaskObservation) -> str:
    """Return the end of a task's containers, or ECS's reason if none of them ran."""
    ends = [
        f"container {each.name} {_exit(each.exit_code)}"
        for each in task.containers
        if each.status == "STOPPED" and each.exit_code is not None
    ]
    return ", ".join(ends) if ends else task.stopped_reason


def _exit(code: int) -> str:
    try:
        return f"was ended by {signal.Signals(code - 128).name}" if code > 128 else f"exited with {code}"
    except ValueError:
        return f"exited with {code}"


def _rollout_lines(notes: _Service, observation: ServiceObservation) -> Iterator[str]:
    primary = observation.deployments[0]
    cause = f"; last: {notes.last_cause}" if notes.last_cause else ""
    # A rollback to tasks that still run is completed at once, so only the events show it.
    new = list(itertools.takewhile(lambda event: event != notes.newest, observation.events))
    notes.newest = observation.events[0] if observation.events else None
    if any(_ROLLBACK in event.message for event in new):
        yield f"rolled back to {_revision(primary)}{cause}"
    former, notes.rollout = notes.rollout, (primary.id, primary.rollout_state)
    if notes.rollout == former:
        return
    if primary.rollout_state == "FAILED":
        yield f"the rollout of {_revision(primary)} failed{cause}"
    elif primary.rollout_state == "COMPLETED":
        notes.last_cause = ""
        yield f"the rollout of {_revision(primary)} is completed"


def _revision(deployment: Deployment) -> str:
    return f"revision {deployment.task_definition_arn.rpartition(':')[2]}"


def _short(task: TaskObservation) -> str:
    return task.id[:_SHOWN_ID]

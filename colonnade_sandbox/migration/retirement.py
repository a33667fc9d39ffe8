"""The checks of phase retired: the monolith's paths have a fixed response, and its last tasks stop."""

from __future__ import annotations

from colonnade.terminal.progress import Progress
from colonnade_sandbox.control_plane.snapshot import EcsService, Snapshot
from colonnade_sandbox.errors import SandboxError
from colonnade_sandbox.migration.facts import MigrationFacts
from colonnade_sandbox.session.listener_client import send
from colonnade_sandbox.session.session import Session

_SLACK_SECONDS = 30.0
"""The time for the scheduler's own steps on a slow machine."""
_POLL_SECONDS = 0.25


def check_retired(session: Session, facts: MigrationFacts, progress: Progress) -> None:
    """Check that the monolith's paths have a fixed response with status 503, and that its tasks stop.

    The wait for the rollouts has ended before this check. ECS does not count a task that is being stopped as running,
    so the rollout of a service with a desired count of 0 is completed while its last tasks drain.

    Raises SandboxError for another status, and for tasks that run longer than the deregistration delay and the stop
    timeout allow.
    """
    _check_paths(session, facts, progress)
    deadline = progress.now() + _longest_stop_seconds(session.loop.snapshot, facts.monolith) + _SLACK_SECONDS
    while left := session.tasks(facts.monolith):
        if progress.now() >= deadline:
            raise SandboxError(f"phase retired: {len(left)} tasks of the monolith still run")
        session.pause(_POLL_SECONDS)


def _check_paths(session: Session, facts: MigrationFacts, progress: Progress) -> None:
    endpoints = session.endpoints()
    authority = session.data_plane.certificate_authority_path
    for path in facts.monolith_paths:
        answer = send(endpoints.listeners[0], host=endpoints.host, path=path, certificate_authority=authority)
        progress.say(f"  GET {path}: {answer.status} {' '.join(answer.body.split())}")
        if answer.status != 503:
            raise SandboxError(f"phase retired: GET {path} was answered with {answer.status}, not 503")


def _longest_stop_seconds(snapshot: Snapshot, service: str) -> float:
    """Return the time that ECS gives a task of the service to drain and to end."""
    return max(_stop_seconds(each, snapshot) for each in snapshot.services if each.name.endswith(f"-{service}"))


def _stop_seconds(service: EcsService, snapshot: Snapshot) -> float:
    groups = [snapshot.target_groups[each.target_group_arn] for each in service.load_balancers]
    delay = max((group.deregistration_delay_seconds for group in groups), default=0)
    return delay + sum(container.stop_timeout_seconds for container in service.task_definition.containers)

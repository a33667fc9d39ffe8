"""The life cycle of a task: PENDING -> RUNNING -> DEACTIVATING -> STOPPING -> STOPPED, and its listing and failure.

containers started -> registered once all have been started -> stop requested: deregistered -> drained: SIGTERM
        -> stop timeout: SIGKILL -> ended
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from colonnade_sandbox.control_plane.observations import HealthStatus, TaskObservation
from colonnade_sandbox.project import SECRETS_FILE
from colonnade_sandbox.tasks.container_order import ContainerView
from colonnade_sandbox.tasks.deployment_state import Health, TaskView
from colonnade_sandbox.tasks.registration import Registrant
from colonnade_sandbox.tasks.secret_values import is_missing_secret
from colonnade_sandbox.tasks.task_container import TaskContainer

Status = Literal["PENDING", "RUNNING", "DEACTIVATING", "STOPPING", "STOPPED"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerListing:
    """A container of a task that has not stopped, for the status output."""

    name: str
    status: Literal["PENDING", "RUNNING", "STOPPED"]
    health: HealthStatus
    """The health by its own health check."""
    log_path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskListing:
    """A task that has not stopped, for the status output."""

    task_id: str
    service_name: str
    task_definition_arn: str
    status: Status
    """The status as ECS names it."""
    health: Health
    """The health over all its target groups and container health checks."""
    address: str
    port: int
    """The first port of its main container; 0 if no container has a port."""
    process_id: int | None
    """The process of its main container; None while that is not started."""
    log_path: Path
    """The log of its main container."""
    containers: tuple[ContainerListing, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFailure:
    """A task that ended without a stop request, could not start, or was replaced because it was unhealthy."""

    task_id: str
    service_name: str
    task_definition_arn: str
    reason: str
    exit_code: int | None
    """The exit code as a shell reports it, 137 for SIGKILL; None if the process was never started or has not ended."""
    log_path: Path
    """The log of the container that caused the failure."""
    last_lines: tuple[str, ...]

    def __str__(self) -> str:
        """Return the task, its service, the reason, and the last log lines."""
        head = f"task {self.task_id} of {self.service_name}: {self.reason}"
        if is_missing_secret(self.reason):
            return f"{head}. In the sandbox, secrets and parameters come from {SECRETS_FILE}; add it there, start again"
        if not self.last_lines:
            return f"{head}; the log is empty"
        lines = "\n".join(f"    {line}" for line in self.last_lines)
        return f"{head}; last log lines ({self.log_path}):\n{lines}"


@dataclass(slots=True, kw_only=True)
class Task:
    """The scheduler's record of a task; only the scheduler changes it."""

    registrant: Registrant
    service_arn: str
    deployment_id: str
    containers: tuple[TaskContainer, ...]
    created_at: float
    """In seconds of the scheduler's clock, as the other times."""
    status: Status = "PENDING"
    health: Health = "initial"
    running_since: float | None = None
    stopping_since: float | None = None
    stopped_at: float | None = None
    asked_to_stop: bool = False
    reported_health: HealthStatus = "UNKNOWN"
    """The container health that Cloud Map knows."""
    stopped_reason: str = ""
    """The reason of its stop in the words of ECS; empty while nothing stops it."""
    stop_code: str = ""

    @property
    def id(self) -> str:
        return self.registrant.task_id

    @property
    def main_container(self) -> TaskContainer:
        """The container that receives the requests."""
        main = self.registrant.revision.main_container
        return next(container for container in self.containers if container.definition == main)

    @property
    def container_health(self) -> HealthStatus:
        """The health of the essential containers with a health check, as ECS combines it.

        https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
        """
        found = {each.health for each in self.containers if each.definition.essential and each.definition.health_check}
        order: tuple[HealthStatus, ...] = ("UNHEALTHY", "UNKNOWN", "HEALTHY")
        return next((status for status in order if status in found), "UNKNOWN")

    def container_views(self, now: float) -> dict[str, ContainerView]:
        """Return the state of the containers by name; `now` is in seconds of the scheduler's clock."""
        return {each.name: each.view(now) for each in self.containers}

    def view(self) -> TaskView:
        return TaskView(
            id=self.id,
            deployment_id=self.deployment_id,
            status="STOPPING" if self.status == "DEACTIVATING" else self.status,
            health=self.health,
            running_since=self.running_since,
            asked_to_stop=self.asked_to_stop,
        )

    def listing(self) -> TaskListing:
        return TaskListing(
            task_id=self.id,
            service_name=self.registrant.service_name,
            task_definition_arn=self.registrant.revision.task_definition.arn,
            status=self.status,
            health=self.health,
            address=self.registrant.address,
            port=next(iter(self.main_container.definition.ports), 0),
            process_id=self.main_container.process.process_id if self.main_container.process is not None else None,
            log_path=self.main_container.log_path,
            containers=tuple(
                ContainerListing(name=each.name, status=each.status, health=each.health, log_path=each.log_path)
                for each in self.containers
            ),
        )

    def observation(self) -> TaskObservation:
        return TaskObservation(
            id=self.id,
            deployment_id=self.deployment_id,
            task_definition_arn=self.registrant.revision.task_definition.arn,
            address=self.registrant.address,
            status=self.status,
            containers=tuple(container.observation() for container in self.containers),
            health=self.container_health,
            stopped_reason=self.stopped_reason,
            stop_code=self.stop_code,
            created_at=_time(self.created_at),
            started_at=_time(self.running_since),
            stopping_at=_time(self.stopping_since),
            stopped_at=_time(self.stopped_at),
            network=self.registrant.revision.network,
        )

    def failure(self, reason: str, cause: TaskContainer) -> TaskFailure:
        """Return the failure of the task with the exit code and log of `cause`, one of its containers."""
        return TaskFailure(
            task_id=self.id,
            service_name=self.registrant.service_name,
            task_definition_arn=self.registrant.revision.task_definition.arn,
            reason=reason,
            exit_code=cause.process.exit_code() if cause.process is not None else None,
            log_path=cause.log_path,
            last_lines=cause.last_lines(),
        )


def _time(seconds: float | None) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds is not None else None

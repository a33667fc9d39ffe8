"""The life cycle of a task: PENDING -> RUNNING -> DEACTIVATING -> STOPPING -> STOPPED, and its listing and failure.

started -> registered once its process runs -> stop requested: deregistered -> drained: SIGTERM
        -> stop timeout: SIGKILL -> ended
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from colonnade_sandbox.control_plane.observations import TaskObservation
from colonnade_sandbox.project import SECRETS_FILE
from colonnade_sandbox.tasks.deployment_state import Health, TaskView
from colonnade_sandbox.tasks.process import TaskProcess
from colonnade_sandbox.tasks.registration import Registrant
from colonnade_sandbox.tasks.secret_values import is_missing_secret

Status = Literal["PENDING", "RUNNING", "DEACTIVATING", "STOPPING", "STOPPED"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskListing:
    """A task that has not stopped, for the status output."""

    task_id: str
    service_name: str
    task_definition_arn: str
    status: Status
    """The status as ECS names it."""
    health: Health
    """The health over all its target groups."""
    address: str
    port: int
    process_id: int | None
    log_path: Path


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
    log_path: Path
    process: TaskProcess | None
    """The task's process; None if it could not be started."""
    status: Status = "PENDING"
    health: Health = "initial"
    running_since: float | None = None
    asked_to_stop: bool = False
    signalled_at: float | None = None
    """The time at which SIGTERM was sent."""
    kill_reason: str = ""
    """The reason why the scheduler killed the task before its registration was complete; empty otherwise."""
    stopped_reason: str = ""
    """The reason of its stop in the words of ECS; empty while nothing stops it."""
    stop_code: str = ""

    @property
    def id(self) -> str:
        return self.registrant.task_id

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
            port=self.registrant.revision.task_definition.container.port,
            process_id=self.process.process_id if self.process is not None else None,
            log_path=self.log_path,
        )

    def observation(self) -> TaskObservation:
        return TaskObservation(
            id=self.id,
            deployment_id=self.deployment_id,
            task_definition_arn=self.registrant.revision.task_definition.arn,
            container_name=self.registrant.revision.task_definition.container.name,
            address=self.registrant.address,
            status=self.status,
            stopped_reason=self.stopped_reason,
            stop_code=self.stop_code,
            network=self.registrant.revision.network,
            exit_code=self.process.exit_code() if self.process is not None and not self.process.start_error else None,
        )

    def failure(self, reason: str) -> TaskFailure:
        return TaskFailure(
            task_id=self.id,
            service_name=self.registrant.service_name,
            task_definition_arn=self.registrant.revision.task_definition.arn,
            reason=reason,
            exit_code=self.process.exit_code() if self.process is not None else None,
            log_path=self.log_path,
            last_lines=self.process.last_lines() if self.process is not None else (),
        )

"""One container of a task: definition -> process -> status, health and exit code, with its log.

PENDING until its dependencies are met -> RUNNING -> STOPPED: its process ended, or it can never be started
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from colonnade_sandbox.control_plane.observations import ContainerObservation, HealthStatus
from colonnade_sandbox.control_plane.snapshot import Container
from colonnade_sandbox.tasks.container_health import ContainerHealth
from colonnade_sandbox.tasks.container_order import NEVER_STARTED_EXIT_CODE, BlockedContainer, ContainerView
from colonnade_sandbox.tasks.process import TaskProcess


@dataclass(slots=True, kw_only=True)
class TaskContainer:
    """The scheduler's record of a container; only the scheduler changes it."""

    definition: Container
    command: tuple[str, ...]
    """The program and arguments, of the image or the container definition."""
    variables: dict[str, str] = field(repr=False)
    """Its environment variables, with the values of its secrets."""
    log_path: Path
    process: TaskProcess | None = None
    """The container's process; None if it was not started."""
    running_since: float | None = None
    health_check: ContainerHealth | None = None
    signalled_at: float | None = None
    """The time at which SIGTERM was sent."""
    blocked: BlockedContainer | None = None
    """The dependency that is the reason why it is never started."""
    start_error: str = ""
    """The reason why its start failed, in the words of ECS; empty if it was started or may still start."""
    cancelled: bool = False
    """True if the task was stopped before the container was started."""

    @property
    def name(self) -> str:
        return self.definition.name

    @property
    def status(self) -> Literal["PENDING", "RUNNING", "STOPPED"]:
        if self.blocked is not None or self.start_error or self.cancelled:
            return "STOPPED"
        if self.process is None:
            return "PENDING"
        if self.process.exit_code() is not None:
            return "STOPPED"
        return "RUNNING" if self.process.running() else "PENDING"

    @property
    def exit_code(self) -> int | None:
        """The exit code as a shell reports it (137 for SIGKILL); None while it runs, and if its start failed."""
        if self.blocked is not None:
            return NEVER_STARTED_EXIT_CODE
        return self.process.exit_code() if self.process is not None and not self.reason else None

    @property
    def reason(self) -> str:
        """The reason why it was not started, in the words of ECS; empty otherwise."""
        if self.blocked is not None:
            return f"CannotStartContainerError: {self.blocked.reason}"
        if self.process is not None and self.process.start_error:
            return f"CannotStartContainerError: {self.process.start_error}"
        return self.start_error

    @property
    def health(self) -> HealthStatus:
        return self.health_check.status if self.health_check is not None else "UNKNOWN"

    def view(self, now: float) -> ContainerView:
        return ContainerView(
            definition=self.definition,
            status=self.status,
            health=self.health,
            exit_code=self.exit_code,
            running_for_seconds=now - self.running_since if self.running_since is not None else 0.0,
        )

    def observation(self) -> ContainerObservation:
        return ContainerObservation(
            name=self.name,
            status=self.status,
            health=self.health,
            exit_code=self.exit_code,
            reason=self.reason,
            image=self.definition.image,
        )

    def last_lines(self) -> tuple[str, ...]:
        """Return the last lines of its log; none if it was not started."""
        return self.process.last_lines() if self.process is not None else ()

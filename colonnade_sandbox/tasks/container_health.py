"""The health of a container by the command of its `healthCheck`, which runs beside its processes.

started -> interval -> command: exit status or timeout -> HEALTHY | UNHEALTHY -> interval -> command ...

As with a container engine, the first check runs one interval after the start, and each later check begins one interval
after the previous check has ended: https://docs.docker.com/reference/dockerfile/#healthcheck
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from colonnade_sandbox.control_plane.observations import HealthStatus
from colonnade_sandbox.control_plane.snapshot import ContainerHealthCheck


class Check(Protocol):
    """A running check."""

    def exit_code(self) -> int | None: ...
    def kill(self) -> None: ...


class ContainerHealth:
    """The health status of one container that was started at `started_at`, in seconds of the scheduler's clock.

    `run` starts the command of `check` in the container.
    """

    def __init__(self, check: ContainerHealthCheck, *, started_at: float, run: Callable[[], Check]) -> None:
        self.status: HealthStatus = "UNKNOWN"
        self._check = check
        self._run = run
        self._counts_from = started_at + check.start_period_seconds
        self._next_at = started_at + check.interval_seconds
        self._running: Check | None = None
        self._ends_at = 0.0
        self._failures = 0

    def advance(self, now: float) -> None:
        """Start the check if it is due, or record the result of the running check."""
        if self._running is None:
            if now >= self._next_at:
                self._running, self._ends_at = self._run(), now + self._check.timeout_seconds
            return
        code = self._running.exit_code()
        if code is None and now < self._ends_at:
            return
        self.stop()
        self._next_at = now + self._check.interval_seconds
        if code == 0:
            self.status, self._failures = "HEALTHY", 0
        elif now >= self._counts_from or self.status == "HEALTHY":
            self._failures += 1
            if self._failures >= self._check.retries:
                self.status = "UNHEALTHY"

    def stop(self) -> None:
        """End a running check."""
        running, self._running = self._running, None
        if running is not None and running.exit_code() is None:
            running.kill()

"""The health of a container by its health check; the checks are fakes that end when the test says so."""

from __future__ import annotations

from dataclasses import dataclass

from colonnade_sandbox.control_plane.snapshot import ContainerHealthCheck
from colonnade_sandbox.tasks.container_health import ContainerHealth

CHECK = ContainerHealthCheck(command=("check",), interval_seconds=10, timeout_seconds=2, retries=2)


@dataclass
class Running:
    code: int | None = None
    killed: bool = False

    def exit_code(self) -> int | None:
        return self.code

    def kill(self) -> None:
        self.killed = True


class Checked:
    """A container that is started at 0 seconds, and its checks."""

    def __init__(self, check: ContainerHealthCheck = CHECK) -> None:
        self.checks: list[Running] = []
        self.now = 0.0
        self.health = ContainerHealth(check, started_at=0, run=self._run)

    def _run(self) -> Running:
        self.checks.append(Running())
        return self.checks[-1]

    def until(self, now: float) -> None:
        while self.now < now:
            self.now += 0.5
            self.health.advance(self.now)

    def ends(self, code: int) -> str:
        """Let the next check end with this exit code and return the status of the container."""
        count = len(self.checks)
        while len(self.checks) == count:
            self.until(self.now + 0.5)
        self.checks[-1].code = code
        self.until(self.now + 0.5)
        return self.health.status


def test_the_first_check_runs_one_interval_after_the_start_and_the_next_an_interval_after_its_end() -> None:
    checked = Checked()
    checked.until(9.5)
    assert checked.checks == []
    checked.until(10)
    assert len(checked.checks) == 1
    checked.checks[0].code = 0
    checked.until(20)
    assert len(checked.checks) == 1
    checked.until(20.5)
    assert len(checked.checks) == 2


def test_one_passed_check_is_healthy_and_as_many_failed_ones_as_retries_are_unhealthy() -> None:
    checked = Checked()
    assert checked.health.status == "UNKNOWN"
    assert [checked.ends(code) for code in (1, 0, 1, 0, 1, 1, 0)] == [
        *("UNKNOWN", "HEALTHY", "HEALTHY", "HEALTHY", "HEALTHY", "UNHEALTHY", "HEALTHY"),
    ]


def test_a_check_that_exceeds_its_timeout_is_killed_and_has_failed() -> None:
    checked = Checked(ContainerHealthCheck(command=("check",), interval_seconds=10, timeout_seconds=2, retries=1))
    checked.until(11.5)
    assert (checked.health.status, checked.checks[0].killed) == ("UNKNOWN", False)
    checked.until(12)
    assert (checked.health.status, checked.checks[0].killed) == ("UNHEALTHY", True)


def test_failures_in_the_start_period_do_not_count_until_a_check_has_passed() -> None:
    patient = ContainerHealthCheck(command=("check",), interval_seconds=10, retries=1, start_period_seconds=60)
    assert [Checked(patient).ends(code) for code in (1, 0)] == ["UNKNOWN", "HEALTHY"]
    started = Checked(patient)
    assert [started.ends(code) for code in (1, 1, 0, 1)] == ["UNKNOWN", "UNKNOWN", "HEALTHY", "UNHEALTHY"]
    late = Checked(patient)
    late.until(59)
    assert late.ends(1) == "UNHEALTHY"

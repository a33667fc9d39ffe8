"""The health state of one target, from the results of its health checks. No I/O.

`health_checks` creates the results, `target_groups` keeps the states. Reason codes and descriptions are those of elbv2
DescribeTargetHealth: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetHealth.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from colonnade_sandbox.control_plane.snapshot import HealthCheck


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """The result of one health check; reason and description are empty if it passed."""

    passed: bool
    reason: str = ""
    description: str = ""


PASSED = CheckResult(passed=True)
TIMED_OUT = CheckResult(passed=False, reason="Target.Timeout", description="Request timed out")
UNREACHABLE = CheckResult(passed=False, reason="Target.FailedHealthChecks", description="Health checks failed")


def judge_status(status: int, matcher: str) -> CheckResult:
    """Compare a response's status with the matcher: '200', '200,202', '200-299' or several of them with commas."""
    for part in matcher.split(","):
        first, _, last = part.strip().partition("-")
        if int(first) <= status <= int(last if last else first):
            return PASSED
    return CheckResult(
        passed=False,
        reason="Target.ResponseCodeMismatch",
        description=f"Health checks failed with these codes: [{status}]",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthState:
    """A registered target's state, with the consecutive results that count towards the next one."""

    state: Literal["initial", "healthy", "unhealthy"] = "initial"
    reason: str = "Elb.RegistrationInProgress"
    description: str = "Target registration is in progress"
    passes: int = 0
    failures: int = 0

    def after(self, result: CheckResult, check: HealthCheck) -> HealthState:
        """Return the state after one more check.

        One passed check makes an initial target healthy; after that the thresholds apply.
        """
        passes = self.passes + 1 if result.passed else 0
        failures = 0 if result.passed else self.failures + 1
        needed_passes = 1 if self.state == "initial" else check.healthy_threshold
        if self.state != "healthy" and passes >= needed_passes:
            return HealthState(state="healthy", reason="", description="", passes=passes)
        if not result.passed and (self.state == "unhealthy" or failures >= check.unhealthy_threshold):
            return HealthState(
                state="unhealthy", reason=result.reason, description=result.description, failures=failures
            )
        if self.state == "initial":
            return HealthState(
                reason="Elb.InitialHealthChecking",
                description="Initial health checks in progress",
                failures=failures,
            )
        return HealthState(
            state=self.state, reason=self.reason, description=self.description, passes=passes, failures=failures
        )

"""The states that results of health checks lead to, and the status codes that the matcher accepts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colonnade_sandbox.control_plane.snapshot import HealthCheck
from colonnade_sandbox.data_plane.health_state import (
    PASSED,
    TIMED_OUT,
    UNREACHABLE,
    CheckResult,
    HealthState,
    judge_status,
)

CHECK = HealthCheck(
    path="/", interval_seconds=5, timeout_seconds=2, healthy_threshold=3, unhealthy_threshold=2, matcher="200"
)
MISMATCH = judge_status(503, "200")


def states(*results: CheckResult) -> list[tuple[str, str]]:
    state = HealthState()
    seen: list[tuple[str, str]] = []
    for result in results:
        state = state.after(result, CHECK)
        seen.append((state.state, state.reason))
    return seen


def test_a_new_target_is_healthy_after_one_passed_check() -> None:
    assert states(PASSED) == [("healthy", "")]


def test_a_new_target_stays_initial_below_the_unhealthy_threshold_and_one_pass_still_makes_it_healthy() -> None:
    assert states(UNREACHABLE, PASSED) == [("initial", "Elb.InitialHealthChecking"), ("healthy", "")]


def test_the_unhealthy_threshold_counts_consecutive_failures() -> None:
    assert states(PASSED, TIMED_OUT, PASSED, TIMED_OUT, MISMATCH)[1:] == [
        ("healthy", ""),
        ("healthy", ""),
        ("healthy", ""),
        ("unhealthy", "Target.ResponseCodeMismatch"),
    ]


def test_an_unhealthy_target_needs_the_healthy_threshold() -> None:
    down = [PASSED, UNREACHABLE, TIMED_OUT]
    assert [state for state, _ in states(*down, PASSED, PASSED, UNREACHABLE, PASSED, PASSED, PASSED)][2:] == [
        *["unhealthy"] * 6,
        "healthy",
    ]


def test_reasons_are_those_of_aws() -> None:
    assert HealthState().reason == "Elb.RegistrationInProgress"
    assert (MISMATCH.reason, MISMATCH.description) == (
        "Target.ResponseCodeMismatch",
        "Health checks failed with these codes: [503]",
    )
    assert (TIMED_OUT.reason, UNREACHABLE.reason) == ("Target.Timeout", "Target.FailedHealthChecks")


@pytest.mark.parametrize(
    ("matcher", "passing"),
    [("200", {200}), ("200,202", {200, 202}), ("200-299", {200, 201, 204, 299}), ("200-201, 404", {200, 201, 404})],
)
def test_the_matcher_is_a_list_of_codes_and_ranges(matcher: str, passing: set[int]) -> None:
    tried = passing | {199, 300, 403, 503}
    assert {status for status in tried if judge_status(status, matcher).passed} == passing


@given(st.lists(st.sampled_from([PASSED, TIMED_OUT]), max_size=30))
def test_a_state_changes_only_when_the_last_results_agree_with_it(results: list[CheckResult]) -> None:
    seen = [state for state, _ in states(*results)]
    for number, state in enumerate(seen):
        before = seen[number - 1] if number > 0 else "initial"
        if state == before:
            continue
        needed = {"initial": 1, "unhealthy": CHECK.healthy_threshold}.get(before, 0) if state == "healthy" else 2
        expected = PASSED if state == "healthy" else TIMED_OUT
        assert results[number + 1 - needed : number + 1] == [expected] * needed

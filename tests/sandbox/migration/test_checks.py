"""A failed check is reported; a passed one is not."""

from __future__ import annotations

import pytest

from colonnade_sandbox.load import Sample
from colonnade_sandbox.migration.checks import failed_checks, requests_per_second
from colonnade_sandbox.migration.tally import tally
from tests.support.load_samples import sample, samples, stage


def _failed(made: list[Sample], percent: int | None) -> list[str]:
    return list(failed_checks(tally(made, [stage("canary", 0, percent=percent)], None), made))


@pytest.mark.parametrize(("microservices", "passed"), [(6, False), (7, True), (10, True), (13, True), (14, False)])
def test_a_share_may_differ_from_the_rules_by_three_points(microservices: int, passed: bool) -> None:
    made = samples(0, *["users"] * microservices, *["monolith"] * (100 - microservices))
    message = f"canary: the microservices answered {microservices}.0 %; the listener rules give them 10 %"
    assert _failed(made, 10) == ([] if passed else [message])


@pytest.mark.parametrize(("percent", "intruder", "others"), [(0, "users", "monolith"), (100, "monolith", "users")])
def test_a_share_of_0_or_100_percent_must_be_exact(percent: int, intruder: str, others: str) -> None:
    assert _failed(samples(0, *[others] * 1000), percent) == []
    assert len(_failed(samples(0, intruder, *[others] * 999), percent)) == 1


def test_without_an_expected_share_any_share_passes() -> None:
    assert _failed(samples(0, "monolith", "users", "users"), None) == []


def test_a_stage_without_an_answer_fails() -> None:
    rows = tally([], [stage("canary", 0, percent=10)], None)
    assert "canary: no request was answered after the phase was applied" in list(failed_checks(rows, []))


def test_failures_are_counted_and_the_first_of_them_shown() -> None:
    made = [*samples(0, *["monolith"] * 95), *(sample(1 + n / 100, status=503) for n in range(5))]
    (message,) = _failed(made, 0)
    assert message.startswith("canary: 5 of 100 requests failed\n    /api/users: status 503 after 0.010 s\n")
    assert message.endswith("and 2 more")


def test_fewer_than_fifty_requests_per_second_fail() -> None:
    slow = [sample(second / 40) for second in range(100)]
    assert _failed(slow, 0) == ["only 40 requests per second were made; at least 50 are required"]
    assert requests_per_second([]) == 0

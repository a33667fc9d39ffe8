"""A promise that was not kept is named; one that was kept is not."""

from __future__ import annotations

import pytest

from colonnade_sandbox.load import Sample
from colonnade_sandbox.migration.checks import failed_checks, requests_per_second
from colonnade_sandbox.migration.tally import tally
from tests.support.load_samples import sample, samples, stage


def _broken(made: list[Sample], percent: int | None) -> list[str]:
    return list(failed_checks(tally(made, [stage("canary", 0, percent=percent)], None), made))


@pytest.mark.parametrize(("microservices", "kept"), [(6, False), (7, True), (10, True), (13, True), (14, False)])
def test_a_share_within_three_points_of_the_rules_is_kept(microservices: int, kept: bool) -> None:
    made = samples(0, *["users"] * microservices, *["monolith"] * (100 - microservices))
    assert _broken(made, 10) == (
        [] if kept else [f"canary: the microservices answered {microservices}.0 %, and the rules say 10 %"]
    )


@pytest.mark.parametrize(("percent", "intruder", "others"), [(0, "users", "monolith"), (100, "monolith", "users")])
def test_all_or_nothing_means_every_single_request(percent: int, intruder: str, others: str) -> None:
    assert _broken(samples(0, *[others] * 1000), percent) == []
    assert len(_broken(samples(0, intruder, *[others] * 999), percent)) == 1


def test_where_no_share_is_promised_any_will_do() -> None:
    assert _broken(samples(0, "monolith", "users", "users"), None) == []


def test_a_stage_that_nobody_answered_in_keeps_no_share() -> None:
    answered = tally([], [stage("canary", 0, percent=10)], None)
    assert "canary: no request was answered once it was applied" in list(failed_checks(answered, []))


def test_failures_are_counted_and_the_first_of_them_shown() -> None:
    made = [*samples(0, *["monolith"] * 95), *(sample(1 + n / 100, status=503) for n in range(5))]
    (broken,) = _broken(made, 0)
    assert broken.startswith("canary: 5 of 100 requests failed\n    /api/users: status 503 after 0.010 s\n")
    assert broken.endswith("and 2 more")


def test_fewer_than_fifty_requests_a_second_prove_nothing() -> None:
    slow = [sample(second / 40) for second in range(100)]
    assert _broken(slow, 0) == ["only 40 requests a second were made, not 50"]
    assert requests_per_second([]) == 0

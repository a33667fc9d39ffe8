"""Each request is counted once, in the stage in which it was sent. Only the outage's failures are expected."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from colonnade_sandbox.migration.tally import Outage, tally
from tests.support.load_samples import sample, samples, stage

STAGES = [stage("monolith", 0), stage("canary", 10, settled_at=15), stage("cutover", 20)]
OUTAGE = Outage(path_prefix="/api/users", began_at=12, ended_at=17)


@given(
    st.lists(st.tuples(st.floats(0, 30), st.sampled_from(["monolith", "users", "posts"]), st.sampled_from([200, 503])))
)
def test_every_request_is_counted_in_one_stage_and_one_column(requests: list[tuple[float, str, int]]) -> None:
    made = [sample(at, by=by, status=status) for at, by, status in requests]
    rows = tally(made, STAGES, OUTAGE)
    assert sum(row.requests for row in rows) == len(made)
    for row in rows:
        assert row.requests == row.monolith + row.microservices + len(row.failed) + row.failed_of_outage


def test_a_request_belongs_to_the_stage_in_which_it_was_sent() -> None:
    rows = tally([sample(9.99, seconds=5), sample(10), sample(19.99), sample(99)], STAGES, None)
    assert [row.requests for row in rows] == [1, 2, 1]


def test_the_share_counts_only_requests_after_the_stage_has_settled() -> None:
    _, canary, _ = tally(
        [*samples(14, "monolith", "monolith"), *samples(15, "monolith", "users", "monolith", "posts")], STAGES, None
    )
    assert (canary.monolith, canary.microservices) == (4, 2)
    assert (canary.settled_requests, canary.settled_share) == (4, 50)


def test_without_an_answer_there_is_no_share() -> None:
    _, canary, _ = tally([sample(16, status=503)], STAGES, None)
    assert canary.settled_share is None


def test_the_outage_explains_only_failures_of_its_service_in_its_time() -> None:
    explained = [sample(12, status=503), sample(11.999, status=None), sample(16.9, path="/api/users/1", status=502)]
    broken = [
        sample(11, status=503),
        sample(17.1, status=503),
        sample(13, path="/api/threads", status=503),
    ]
    _, canary, _ = tally([*explained, *broken], STAGES, OUTAGE)
    assert canary.failed_of_outage == len(explained)
    assert canary.failed == tuple(broken)


def test_an_outage_without_an_end_explains_every_later_failure() -> None:
    outage = Outage(path_prefix="/api/users", began_at=12)
    assert outage.explains(sample(1e9, status=503))
    assert not outage.until(20).explains(sample(21, status=503))

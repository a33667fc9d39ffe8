"""Stages follow each other without a gap, so every request of the run is counted in one of them."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from typing import cast

import pytest
from rich.console import Console

from colonnade.terminal.progress import Progress
from colonnade_sandbox.errors import SandboxError
from colonnade_sandbox.load import Load, Sample
from colonnade_sandbox.migration.tally import tally
from colonnade_sandbox.migration.watch import Watch
from colonnade_sandbox.session.session import Session
from tests.support.load_samples import sample


class _Load:
    """A load without a delay. `next_one` holds the result of the next requests."""

    def __init__(self) -> None:
        self.made: list[Sample] = []
        self.next_one: dict[str, object] = {}

    def samples(self, *, since: float = 0.0) -> tuple[Sample, ...]:
        return tuple(each for each in self.made if each.sent_at >= since)

    def wait_for(self, count: int, *, stop_reason: Callable[[], str | None]) -> tuple[Sample, ...]:
        assert stop_reason is not None
        self.make(count)
        return self.samples()

    def make(self, count: int) -> None:
        for _ in range(count):
            self.made.append(sample(time.monotonic(), seconds=0, **self.next_one))  # type: ignore[arg-type]


class _Session:
    stop_requested = staticmethod(lambda: None)


class _Stopped:
    stop_requested = staticmethod(lambda: "interrupted")


class _Watched:
    def __init__(self, session: object = _Session) -> None:
        self.load = _Load()
        self.output = io.StringIO()
        self.watch = Watch(
            cast(Load, self.load), cast(Session, session), Progress(Console(file=self.output, width=200))
        )


def test_requests_during_an_apply_belong_to_the_stage_that_it_begins() -> None:
    watched = _Watched()
    watched.load.make(3)  # before anything is awaited
    watched.watch.observe_stage("monolith", requests=5, microservices_percent=0)
    watched.load.make(7)  # while the next phase is applied
    watched.watch.observe_stage("attached", requests=1, microservices_percent=0)
    watched.load.make(2)  # until the load ends
    rows = tally(watched.watch.samples, watched.watch.stages, None)
    assert [row.requests for row in rows] == [8, 10]
    assert rows[1].settled_requests == 3


def test_each_stage_is_printed_with_its_counts() -> None:
    watched = _Watched()
    watched.load.next_one = {"by": "users"}
    watched.watch.observe_stage("cutover", requests=4, microservices_percent=100)
    watched.watch.begin_outage("/api/users")
    watched.load.next_one = {"status": 503}
    watched.watch.observe_stage("users down", requests=2, microservices_percent=None)
    assert watched.output.getvalue().splitlines() == [
        "  cutover: 4 requests, 0 failed; microservices answered 100.0 %",
        "  users down: 2 requests, 0 failed, 2 failed as expected; no request was answered",
    ]


def test_failures_after_the_outage_are_not_expected() -> None:
    watched = _Watched()
    watched.watch.begin_outage("/api/users")
    watched.load.next_one = {"status": 503}
    watched.watch.observe_stage("users down", requests=2, microservices_percent=None)
    assert watched.watch.end_outage() > 0
    row = watched.watch.observe_stage("back to attached", requests=2, microservices_percent=0)
    assert (len(row.failed), row.failed_of_outage) == (2, 0)


def test_a_stop_reason_ends_the_observation() -> None:
    with pytest.raises(SandboxError, match="interrupted"):
        _Watched(_Stopped).watch.observe_stage("monolith", requests=5, microservices_percent=0)

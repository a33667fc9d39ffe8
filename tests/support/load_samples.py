"""Short constructors for samples of requests that were not sent."""

from __future__ import annotations

from colonnade_sandbox.load import Sample
from colonnade_sandbox.migration.tally import MONOLITH, Stage


def sample(
    sent_at: float, *, by: str = MONOLITH, path: str = "/api/users", status: int | None = 200, seconds: float = 0.01
) -> Sample:
    return Sample(
        path=path,
        sent_at=sent_at,
        ended_at=sent_at + seconds,
        status=status,
        answered_by=by if status == 200 else "",
        problem="" if status is not None else "no answer",
    )


def samples(first: float, *answerers: str) -> list[Sample]:
    """Return one sample for each of `answerers`, which name who answered; the first is sent at `first`, and a hundred
    per second."""
    return [sample(first + number / 100, by=by) for number, by in enumerate(answerers)]


def stage(title: str, began_at: float, settled_at: float | None = None, percent: int | None = None) -> Stage:
    """Return a stage that settles at once unless `settled_at` is given."""
    return Stage(
        title=title,
        began_at=began_at,
        settled_at=settled_at if settled_at is not None else began_at,
        microservices_percent=percent,
    )

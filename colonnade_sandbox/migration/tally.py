"""Requests counted by the stage in which they were sent, and by what answered them. Pure.

samples + stages + outage -> `Row` per stage.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from colonnade_sandbox.load import Sample

MONOLITH = "monolith"
"""`Sample.answered_by` of what the monolith answered; every other answer is a microservice's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """From the start of one change to the start of the next one. Times are those of `time.monotonic`, in seconds."""

    title: str
    began_at: float
    settled_at: float
    """When the change was applied and the load balancer served by it."""
    microservices_percent: int | None
    """What the listener rules say the microservices get once it is settled; None where no share is expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """A microservice made unable to answer, on purpose: its failures in that time fail no check."""

    path_prefix: str
    began_at: float
    ended_at: float = math.inf
    """When going back had restored every answer."""

    def until(self, moment: float) -> Outage:
        """Return the same outage, ended at `moment`."""
        return replace(self, ended_at=moment)

    def explains(self, sample: Sample) -> bool:
        """Return whether the request was for that microservice and under way within the outage."""
        return (
            sample.path.startswith(self.path_prefix)
            and sample.sent_at <= self.ended_at
            and sample.ended_at >= self.began_at
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One stage in numbers."""

    stage: Stage
    requests: int
    failed: tuple[Sample, ...]
    """Without those that the outage explains."""
    failed_of_outage: int
    monolith: int
    microservices: int
    settled_requests: int
    """Answered requests that were sent once the stage was settled."""
    settled_share: float | None
    """The microservices' percentage of those; None without any."""


def tally(samples: Sequence[Sample], stages: Sequence[Stage], outage: Outage | None) -> tuple[Row, ...]:
    """Return one row for each stage; a request belongs to the stage in which it was sent."""
    ends = (*(stage.began_at for stage in stages[1:]), math.inf)
    return tuple(
        _row(stage, [sample for sample in samples if stage.began_at <= sample.sent_at < end], outage)
        for stage, end in zip(stages, ends, strict=True)
    )


def served_by_monolith(sample: Sample) -> bool:
    """Return whether the monolith answered."""
    return sample.answered_by == MONOLITH


def _row(stage: Stage, samples: Sequence[Sample], outage: Outage | None) -> Row:
    failed = [sample for sample in samples if sample.failed]
    unexplained = tuple(sample for sample in failed if outage is None or not outage.explains(sample))
    answered = [sample for sample in samples if not sample.failed]
    settled = [sample for sample in answered if sample.sent_at >= stage.settled_at]
    monolith = sum(map(served_by_monolith, answered))
    others = sum(not served_by_monolith(sample) for sample in settled)
    return Row(
        stage=stage,
        requests=len(samples),
        failed=unexplained,
        failed_of_outage=len(failed) - len(unexplained),
        monolith=monolith,
        microservices=len(answered) - monolith,
        settled_requests=len(settled),
        settled_share=100 * others / len(settled) if settled else None,
    )

"""The tally: requests counted by the stage in which they were sent and by the service that answered. Pure.

samples + stages + outage -> `Row` per stage.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from colonnade_sandbox.load import Sample

MONOLITH = "monolith"
"""The `Sample.answered_by` of the monolith's answers. Every other answer is from a microservice."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The time from the start of one change to the start of the next, in seconds of `time.monotonic`."""

    title: str
    began_at: float
    settled_at: float
    """The time at which the load balancer served the applied change."""
    microservices_percent: int | None
    """The microservices' share in the listener rules from `settled_at` on. None if no share is expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """The planned outage of a microservice. Its failed requests in that time fail no check."""

    path_prefix: str
    began_at: float
    ended_at: float = math.inf
    """The time at which every request was answered again, after the return to phase attached."""

    def until(self, moment: float) -> Outage:
        """Return the outage with its end at `moment`."""
        return replace(self, ended_at=moment)

    def explains(self, sample: Sample) -> bool:
        """Return True if the request was for the microservice and in progress during the outage."""
        return (
            sample.path.startswith(self.path_prefix)
            and sample.sent_at <= self.ended_at
            and sample.ended_at >= self.began_at
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The counts of one stage."""

    stage: Stage
    requests: int
    failed: tuple[Sample, ...]
    """The failed requests that the planned outage does not explain."""
    failed_of_outage: int
    monolith: int
    microservices: int
    settled_requests: int
    """The number of answered requests that were sent after `settled_at`."""
    settled_share: float | None
    """The microservices' percentage of `settled_requests`. None if there are no such requests."""


def tally(samples: Sequence[Sample], stages: Sequence[Stage], outage: Outage | None) -> tuple[Row, ...]:
    """Return one row for each stage. A request belongs to the stage in which it was sent."""
    ends = (*(stage.began_at for stage in stages[1:]), math.inf)
    return tuple(
        _row(stage, [sample for sample in samples if stage.began_at <= sample.sent_at < end], outage)
        for stage, end in zip(stages, ends, strict=True)
    )


def served_by_monolith(sample: Sample) -> bool:
    """Return True if the monolith answered."""
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

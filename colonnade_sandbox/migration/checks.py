"""The checks of a migration run, evaluated on the counted requests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from colonnade_sandbox.load import Sample
from colonnade_sandbox.migration.tally import Row

LEAST_REQUESTS_PER_SECOND = 50.0
MOST_POINTS_OFF = 3.0
"""The largest allowed difference between the microservices' share and the listener rules, in percentage points."""
_SHOWN = 3


def failed_checks(rows: Sequence[Row], samples: Sequence[Sample]) -> Iterator[str]:
    """Yield a message of one or more lines for each failed check."""
    rate = requests_per_second(samples)
    if rate < LEAST_REQUESTS_PER_SECOND:
        yield f"only {rate:.0f} requests per second were made; at least {LEAST_REQUESTS_PER_SECOND:.0f} are required"
    for row in rows:
        yield from _failed_in(row)


def requests_per_second(samples: Sequence[Sample]) -> float:
    """Return the rate between the first and the last request; 0 for fewer than two requests."""
    sent = [sample.sent_at for sample in samples]
    return len(sent) / (max(sent) - min(sent)) if len(sent) > 1 else 0.0


def _failed_in(row: Row) -> Iterator[str]:
    if row.failed:
        shown = "".join(f"\n    {sample}" for sample in row.failed[:_SHOWN])
        more = f"\n    and {len(row.failed) - _SHOWN} more" if len(row.failed) > _SHOWN else ""
        yield f"{row.stage.title}: {len(row.failed)} of {row.requests} requests failed{shown}{more}"
    wanted, share = row.stage.microservices_percent, row.settled_share
    if wanted is None:
        return
    if share is None:
        yield f"{row.stage.title}: no request was answered after the phase was applied"
    elif abs(share - wanted) > (MOST_POINTS_OFF if 0 < wanted < 100 else 0):
        yield f"{row.stage.title}: the microservices answered {share:.1f} %; the listener rules give them {wanted} %"

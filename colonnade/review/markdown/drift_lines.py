"""Changes outside of Terraform as Markdown: a line of summary, and one line for each resource with its attributes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from colonnade.review.analysis.drift import Drift
from colonnade.review.markdown.text import changed_at, code, listed

_MOST_ADDRESSES = 5


def drift_summary(drift: Sequence[Drift]) -> Iterator[str]:
    """Yield the line of summary, if there is drift."""
    if drift:
        names = [f"{code(each.change.address)}{' (deleted)' if each.is_deleted else ''}" for each in drift]
        yield f"Changed outside of Terraform: {listed(names, _MOST_ADDRESSES)}"


def drift_lines(drift: Sequence[Drift]) -> Iterator[str]:
    """Yield a line for each resource: its attributes in Terraform's state, and in AWS."""
    for each in drift:
        changes = (f"{code(one.name)} {changed_at(one.path, one.before, one.after)}" for one in each.differences)
        yield f"- {code(each.change.address)}: {'deleted' if each.is_deleted else '; '.join(changes)}"

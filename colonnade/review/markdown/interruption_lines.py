"""The interruptions of an apply as lines of Markdown: the operations that lead to each, and the steps that avoid it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from colonnade.review.analysis.findings import Finding
from colonnade.review.interruptions.interruption import Level
from colonnade.review.interruptions.judgement import Judgement
from colonnade.review.markdown.text import with_code

_MOST = 5
_INTRODUCED: Mapping[Level, str] = {
    Level.QUESTION: "To be answered before the apply",
    Level.WANTED: "Requested by this change",
    Level.CANNOT_JUDGE: "Cannot be judged from the plan",
}
_APPROXIMATE = (
    "The order of the operations is derived from the plan's JSON, which contains only a part of it. The output of "
    "`terraform graph -plan=saved.plan` has the exact order: `--graph FILE`"
)


def finding_lines(findings: Sequence[Finding]) -> Iterator[str]:
    """Yield, below a line with the findings of one address, the trace and the steps of each."""
    for each in findings:
        if each.trace:
            yield from _numbered(each.trace)
            yield from ("", "  Instead:", "", *_numbered(each.steps)) if each.steps else ()
    # Steps of findings without a trace are one list.
    yield from _numbered([step for each in findings if not each.trace for step in each.steps])


def _numbered(sentences: Sequence[str]) -> Iterator[str]:
    return (f"  {number}. {with_code(each)}" for number, each in enumerate(sentences, start=1))


def judgement_lines(judgement: Judgement) -> Iterator[str]:
    """Yield a line for each level that does not block, and the doubt about an approximate order."""
    for level, introduction in _INTRODUCED.items():
        texts = [each.text for each in judgement.found if each.level is level]
        more = f" and {len(texts) - _MOST} more" if len(texts) > _MOST else ""
        if texts:
            yield f"{introduction}: {with_code('; '.join(texts[:_MOST]))}{more}"
    if judgement.approximate and any(each.approximate for each in judgement.found):
        yield _APPROXIMATE

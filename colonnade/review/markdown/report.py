"""The review of one plan as Markdown: counts, verdict and summary are visible, details are folded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields

from colonnade.review.analysis.analysis import Analysis
from colonnade.review.analysis.resource_changes import Counts
from colonnade.review.analysis.security_groups import SecurityGroupChanges
from colonnade.review.markdown.cost_lines import cost_lines, cost_summary
from colonnade.review.markdown.drift_lines import drift_lines, drift_summary
from colonnade.review.markdown.iam_lines import iam_lines, iam_summary
from colonnade.review.markdown.interruption_lines import judgement_lines
from colonnade.review.markdown.rule_lines import rule_lines, rule_summary, shadow_lines
from colonnade.review.markdown.service_lines import service_lines, service_summaries
from colonnade.review.markdown.text import MAX_LENGTH, Folded, Part, document, plain
from colonnade.review.markdown.verdict_lines import entries, unused_lines, verdict_lines
from colonnade.review.plan.document import Action
from colonnade.review.verdict import Verdict

_ALWAYS_COUNTED = ("added", "changed_in_place", "replaced", "destroyed")
_COUNTED = {
    "added": Action.CREATE.value,
    "changed_in_place": Action.UPDATE.value,
    "replaced": Action.REPLACE.value,
    "destroyed": Action.DESTROY.value,
    "task_definition_revisions": "new task definition revisions",
    "forgotten": Action.FORGET.value,
    "moved": "moved",
    "imported": "imported",
    "tags_or_computed_values_only": "with only tags or computed values changed",
}
_HEAD = 3000
"""The characters beside the verdicts that a truncated review needs: its title, notes and counts."""


def markdown(analysis: Analysis, verdict: Verdict, *, max_length: int | None = MAX_LENGTH) -> str:
    """Return the review as Markdown that fits a comment on GitHub; whole if `max_length` is None."""
    verdicts = [] if analysis.is_empty else fitting_verdicts([verdict], max_length)[0]
    return document([*overview(analysis, verdicts, verdict), *details(analysis, verdict)], max_length=max_length)


def fitting_verdicts(verdicts: Sequence[Verdict], max_length: int | None) -> list[list[str]]:
    """Return the lines of each verdict: with reasons and steps if all of them fit, else every address."""
    whole = [list(verdict_lines(each)) for each in verdicts]
    length = sum(len(line) + 1 for lines in whole for line in lines)
    if max_length is None or length <= max_length - _HEAD:
        return whole
    return [list(verdict_lines(each, brief=True)) for each in verdicts]


def overview(analysis: Analysis, verdicts: Sequence[str], verdict: Verdict) -> Iterator[Part]:
    """Yield the visible part of a plan's review around the lines of its verdict, which may be empty."""
    notes = list(_notes(analysis, verdict))
    if analysis.is_empty:
        yield ["**No changes.**", *_bullets(notes)]
        return
    # A part of its own: what follows does not fit if the verdict is very long.
    yield [_counts(analysis.counts), *_whole_destroy(analysis), "", *([*verdicts, ""] if verdicts else [])]
    yield list(_bullets([*_summary(analysis), *notes]))


def details(analysis: Analysis, verdict: Verdict) -> Iterator[Part]:
    """Yield the folded parts of a plan's review."""
    if not analysis.is_empty:
        yield from entries(analysis, verdict)
        yield from _folded(analysis)
    if analysis.drift:
        yield Folded(title="Changes outside of Terraform", lines=drift_lines(analysis.drift))


def _counts(counts: Counts) -> str:
    parts = []
    for field in fields(counts):
        number = getattr(counts, field.name)
        if number or field.name in _ALWAYS_COUNTED:
            parts.append(f"{number} {_COUNTED[field.name]}")
    return f"**{', '.join(parts).replace('1 new task definition revisions', '1 new task definition revision')}**"


def _whole_destroy(analysis: Analysis) -> Iterator[str]:
    changes = analysis.plan.changes
    if len(changes) > 1 and all(each.action is Action.DESTROY for each in changes):
        yield "Every resource in this plan is destroyed."


def _summary(analysis: Analysis) -> Iterator[str]:
    yield from judgement_lines(analysis.judgement)
    yield from shadow_lines(analysis.rules.owners)
    yield from service_summaries(analysis)
    yield from rule_summary(analysis.rules)
    yield from _edges(analysis.security_groups)
    yield from iam_summary(analysis.policies, analysis.index)
    yield cost_summary(analysis.cost, analysis.plan.region)


def _edges(changes: SecurityGroupChanges) -> Iterator[str]:
    sides = [(verb, edges) for verb, edges in (("opened", changes.opened), ("closed", changes.closed)) if edges]
    if sides:
        parts = (f"{verb} {', '.join(plain(str(edge)) for edge in edges)}" for verb, edges in sides)
        yield f"Security groups: {'; '.join(parts)}"


def _notes(analysis: Analysis, verdict: Verdict) -> Iterator[str]:
    yield from drift_summary(analysis.drift)
    yield from unused_lines(verdict.unused)


def _folded(analysis: Analysis) -> Iterator[Folded]:
    yield Folded(title="Every change, by service", lines=service_lines(analysis))
    if analysis.rules.before != analysis.rules.after:
        yield Folded(title="Listener rules, before and after", lines=rule_lines(analysis.rules, analysis.index.name))
    if analysis.policies:
        yield Folded(title="IAM actions gained and lost", lines=iam_lines(analysis.policies, analysis.index))
    if analysis.cost is not None:
        yield Folded(title="Monthly cost, an estimate", lines=cost_lines(analysis.cost))


def _bullets(lines: Sequence[str]) -> Iterator[str]:
    return (f"- {line}" for line in lines)

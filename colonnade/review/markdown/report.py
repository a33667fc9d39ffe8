"""The review of one plan as Markdown: counts, verdict and summary are visible, details are folded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields

from colonnade.review.analysis.analysis import Analysis, Verdict
from colonnade.review.analysis.findings import NO_STEPS, Finding
from colonnade.review.analysis.resource_changes import Counts
from colonnade.review.analysis.security_groups import SecurityGroupChanges
from colonnade.review.markdown.cost_lines import cost_lines, cost_summary
from colonnade.review.markdown.iam_lines import iam_lines, iam_summary
from colonnade.review.markdown.interruption_lines import finding_lines, judgement_lines
from colonnade.review.markdown.rule_lines import rule_lines, rule_summary, shadow_lines
from colonnade.review.markdown.service_lines import service_lines, service_summaries
from colonnade.review.markdown.text import Folded, code, document, listed, plain, with_code
from colonnade.review.plan.document import Action

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
_MOST_ADDRESSES = 5


def markdown(analysis: Analysis, verdict: Verdict) -> str:
    """Return the review as Markdown that fits a comment on GitHub."""
    notes = list(_notes(analysis, verdict))
    if analysis.is_empty:
        return document(["**No changes.**", *_bullets(notes)], [])
    top = [_counts(analysis.counts), "", *_verdict(verdict), "", *_bullets([*_summary(analysis), *notes])]
    return document(top, [*_folded(analysis)])


def _counts(counts: Counts) -> str:
    parts = []
    for field in fields(counts):
        number = getattr(counts, field.name)
        if number or field.name in _ALWAYS_COUNTED:
            parts.append(f"{number} {_COUNTED[field.name]}")
    return f"**{', '.join(parts).replace('1 new task definition revisions', '1 new task definition revision')}**"


def _verdict(verdict: Verdict) -> Iterator[str]:
    found = verdict.blocking or verdict.approved
    if not found:
        yield "**Verdict: pass.** No change needs approval."
        return
    by_address: dict[str, list[Finding]] = {}
    for finding in found:
        by_address.setdefault(finding.address, []).append(finding)
    if verdict.blocked:
        what = "1 resource needs" if len(by_address) == 1 else f"{len(by_address)} resources need"
        yield f"**Verdict: blocked.** {what} approval (`--allow ADDRESS` or an allow file):"
    else:
        what = "The change of 1 resource" if len(by_address) == 1 else f"The changes of {len(by_address)} resources"
        yield f"**Verdict: pass.** {what} would block, and {'is' if len(by_address) == 1 else 'are'} approved:"
    yield ""
    for address, own in by_address.items():
        yield f"- {code(address)} {'; '.join(f'{with_code(each.reason)} {code(each.rule)}' for each in own)}"
        if verdict.blocked:
            yield from finding_lines(own)
    if any(each.is_unavoidable for each in verdict.blocking):
        yield from ("", NO_STEPS)


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
    drifted = [code(change.address) for change in analysis.plan.drifted]
    if drifted:
        yield f"Changed outside of Terraform: {listed(drifted, _MOST_ADDRESSES)}"
    for each in verdict.unneeded:
        reason = "its change does not block" if each.in_plan else "it is not in this plan"
        yield f"Unneeded approval of {code(each.address)}: {reason}"


def _folded(analysis: Analysis) -> Iterator[Folded]:
    yield Folded(title="Every change, by service", lines=list(service_lines(analysis)))
    if analysis.rules.before != analysis.rules.after:
        yield Folded(title="Listener rules, before and after", lines=rule_lines(analysis.rules, analysis.index.name))
    if analysis.policies:
        yield Folded(title="IAM actions gained and lost", lines=list(iam_lines(analysis.policies, analysis.index)))
    if analysis.cost is not None:
        yield Folded(title="Monthly cost, an estimate", lines=cost_lines(analysis.cost))


def _bullets(lines: Sequence[str]) -> Iterator[str]:
    return (f"- {line}" for line in lines)

"""The whole review of one plan: views side by side -> a few lines in sight, the rest folded, and the verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from colonnade.review import cost, iam, security_groups
from colonnade.review.attributes import is_noise
from colonnade.review.blocking import Finding, findings
from colonnade.review.cost_lines import cost_lines, cost_summary
from colonnade.review.directory import Directory
from colonnade.review.iam_lines import iam_lines, iam_summary
from colonnade.review.listener_rules import owner_changes, rules
from colonnade.review.markdown import Folded, code, document, plain
from colonnade.review.plan_document import Action, Change, Plan
from colonnade.review.rule_lines import rule_lines, rule_summary, swallowed_lines
from colonnade.review.service_lines import service_lines, service_summaries
from colonnade.review.task_definitions import is_revision

_COUNTED = (Action.CREATE, Action.UPDATE, Action.REPLACE, Action.DESTROY)
_MOST_ADDRESSES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What is told of a plan."""

    markdown: str
    blocked: bool
    """Something must be named before it may happen, and is not."""


def review(plan: Plan, *, allowed: Sequence[str], expected: Sequence[str] = ()) -> Review:
    """The review of a plan in which the changes at `allowed` addresses may block nothing.

    Of these, `expected` are told where the plan does not need them: somebody has just named them.
    """
    directory = Directory(plan.changes)
    found = findings(plan.changes, directory)
    blocking = [finding for finding in found if finding.address not in allowed]
    notes = list(_notes(plan, expected, found))
    if _is_empty(plan):
        return Review(markdown=document(["**No changes.**", *_bullets(notes)], []), blocked=False)
    top = [_counts(plan), "", *_verdict(found, blocking), "", *_bullets([*_summary(plan, directory), *notes])]
    return Review(markdown=document(top, [*_folded(plan, directory)]), blocked=bool(blocking))


def _is_empty(plan: Plan) -> bool:
    moved = any(change.previous_address is not None or change.imported for change in plan.changes)
    changed = any(change.action not in (Action.NONE, Action.READ) for change in plan.changes)
    return not (changed or moved or plan.changed_outputs)


def _counts(plan: Plan) -> str:
    revisions = sum(1 for change in plan.changes if is_revision(change))
    folded = sum(1 for change in plan.changes if is_noise(change))
    counts = Counter(change.action for change in plan.changes if not is_revision(change) and not is_noise(change))
    words = [f"{counts[action]} {action.value}" for action in _COUNTED]
    others = (
        (revisions, f"new task definition {'revision' if revisions == 1 else 'revisions'}"),
        (counts[Action.FORGET], Action.FORGET.value),
        (sum(1 for change in plan.changes if change.previous_address is not None), "moved"),
        (sum(1 for change in plan.changes if change.imported), "imported"),
        (folded, "with changed tags or computed values alone"),
    )
    return f"**{', '.join([*words, *(f'{count} {what}' for count, what in others if count)])}**"


def _verdict(found: Sequence[Finding], blocking: Sequence[Finding]) -> Iterator[str]:
    if not found:
        yield "**Verdict: passes.** Nothing in it must be named first."
        return
    reasons: dict[str, list[str]] = {}
    for finding in blocking or found:
        reasons.setdefault(finding.address, []).append(finding.reason)
    what = "1 resource is" if len(reasons) == 1 else f"{len(reasons)} resources are"
    if blocking:
        yield f"**Verdict: blocked**, until {what} named by `--allow` or in an allow file:"
    else:
        yield f"**Verdict: passes**, as {what} allowed that would block it:"
    yield ""
    yield from (f"- {code(address)} {'; '.join(told)}" for address, told in reasons.items())


def _summary(plan: Plan, directory: Directory) -> Iterator[str]:
    before, after = (rules(plan.changes, directory, after=side) for side in (False, True))
    yield from swallowed_lines(owner_changes(before, after))
    yield from service_summaries(plan.changes, directory)
    yield from rule_summary(before, after)
    opened, closed = _edges(plan, directory)
    told = [(word, edges) for word, edges in (("opened", opened), ("closed", closed)) if edges]
    if told:
        parts = (f"{word} {', '.join(plain(str(edge)) for edge in edges)}" for word, edges in told)
        yield f"Security groups: {'; '.join(parts)}"
    yield from iam_summary(iam.policy_changes(plan.changes, directory), directory)
    yield cost_summary(plan, directory)


def _edges(plan: Plan, directory: Directory) -> tuple[list[security_groups.Edge], list[security_groups.Edge]]:
    before, after = (
        security_groups.edges(security_groups.permissions(plan.changes, directory, after=side))
        for side in (False, True)
    )
    return sorted(after - before), sorted(before - after)


def _notes(plan: Plan, expected: Sequence[str], found: Sequence[Finding]) -> Iterator[str]:
    if plan.drifted:
        yield f"Changed outside of Terraform: {_addresses(plan.drifted)}"
    blocking = {finding.address for finding in found}
    there = {change.address for change in plan.changes}
    for address in dict.fromkeys(expected):
        if address not in blocking:
            what = "which blocks nothing in this plan" if address in there else "which is not in this plan"
            yield f"Allowed, but not needed: {code(address)}, {what}"


def _addresses(changes: Sequence[Change]) -> str:
    shown = ", ".join(code(change.address) for change in changes[:_MOST_ADDRESSES])
    rest = len(changes) - _MOST_ADDRESSES
    return f"{shown} and {rest} more" if rest > 0 else shown


def _folded(plan: Plan, directory: Directory) -> Iterator[Folded]:
    yield Folded(title="Every change, by service", lines=list(service_lines(plan, directory)))
    before, after = (rules(plan.changes, directory, after=side) for side in (False, True))
    if before != after:
        yield Folded(
            title="Listener rules, before and after",
            lines=rule_lines(before, after, owner_changes(before, after), directory.name),
        )
    policies = iam.policy_changes(plan.changes, directory)
    if policies:
        yield Folded(title="IAM actions gained and lost", lines=list(iam_lines(policies, directory)))
    if plan.region is not None and cost.prices(plan.region) is not None:
        yield Folded(title="Monthly cost, an estimate", lines=cost_lines(plan, directory))


def _bullets(lines: Sequence[str]) -> Iterator[str]:
    return (f"- {line}" for line in lines)

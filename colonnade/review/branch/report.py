"""The review of a branch as Markdown and as JSON: the reviews of its stacks in sequence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from colonnade.review.approvals import FILE
from colonnade.review.branch.comparison import Start
from colonnade.review.branch.review import BranchReview, StackReview
from colonnade.review.json_report import VERSION, json_report
from colonnade.review.markdown.report import details, fitting_verdicts, overview
from colonnade.review.markdown.text import MAX_LENGTH, Part, code, counted, document, listed, plain

_NOTES: Mapping[Start, Sequence[str]] = {
    Start.BASE: (),
    Start.NEW: ("First deployment: the base does not have this stack.", ""),
    Start.ELSEWHERE: (
        "First deployment: account, region or state differ from the base. The base's resources remain.",
        "",
    ),
}
_MOST_FILES = 20


def branch_markdown(review: BranchReview, *, max_length: int | None = MAX_LENGTH) -> str:
    """Return the review as Markdown that fits a comment on GitHub; whole if `max_length` is None.

    The verdicts of all stacks come before any detail, so that a truncated review still has every address that needs
    approval.
    """
    verdicts = fitting_verdicts([stack.verdict for stack in review.stacks], max_length)
    first = [*_head(review)]
    if len(review.stacks) > 1:
        first += ["", *(f"- {code(stack.name)}: {_verdict(stack)}" for stack in review.stacks)]
        for stack, lines in zip(review.stacks, verdicts, strict=True):
            first += ["", f"## Verdict on {code(stack.name)}", "", *lines]
        verdicts = [[] for _ in verdicts]
    parts: list[Part] = [first]
    for stack, lines in zip(review.stacks, verdicts, strict=True):
        parts.append(["", f"## {code(stack.name)}", "", *_NOTES[stack.start]])
        parts += overview(stack.analysis, lines, stack.verdict)
        parts += details(stack.analysis, stack.verdict)
    parts.append([*_tail(review)])
    return document(parts, max_length=max_length)


def _verdict(stack: StackReview) -> str:
    addresses = {each.address for each in stack.verdict.blocking}
    return f"**blocked**, {counted(len(addresses), 'resource')} to approve" if stack.verdict.blocked else "pass"


def _head(review: BranchReview) -> Iterator[str]:
    yield f"# Plan review: environment {code(review.environment)}"
    yield ""
    yield f"The working tree compared with {code(review.base)}, at {review.commit[:7]}."
    if review.deciding_edits:
        files = listed([code(path) for path in review.deciding_edits], _MOST_FILES)
        yield ""
        yield f"**This change edits files that decide about its review:** {files}. Read these files first."
    if any(path.rpartition("/")[2] == FILE for path in review.deciding_edits):
        yield ""
        yield f"The verdict uses the approvals of the base. Approvals in this `{FILE}` count once they are there."


def _tail(review: BranchReview) -> Iterator[str]:
    if review.unchanged:
        yield from ("", f"No change: {_listed(review.unchanged)}.")
    if review.removed:
        names = _listed(review.removed)
        yield from ("", f"No longer synthesized: {names}. Their resources remain until they are destroyed.")
    if review.warnings:
        yield from ("", "## Warnings", "")
    for each in review.warnings:
        yield f"- {plain(each.subject)}: {plain(each.message)} {code(each.code)}"
        yield f"  {plain(each.fix)}"


def branch_json(review: BranchReview) -> dict[str, Any]:
    """Return the review as a JSON object: docs/review-json.md documents each field."""
    return {
        "version": VERSION,
        "verdict": "blocked" if review.blocked else "pass",
        "environment": review.environment,
        "base": review.base,
        "commit": review.commit,
        "stacks": [
            {
                "name": stack.name,
                "planned_from": stack.start.value,
                "review": json_report(stack.analysis, stack.verdict),
            }
            for stack in review.stacks
        ],
        "deciding_edits": list(review.deciding_edits),
        "unchanged": list(review.unchanged),
        "no_longer_synthesized": list(review.removed),
        "warnings": [asdict(each) for each in review.warnings],
    }


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(code, names))

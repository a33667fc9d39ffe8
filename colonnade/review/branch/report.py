"""The review of a branch as Markdown and as JSON: the reviews of its stacks in sequence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from colonnade.review.branch.comparison import Start
from colonnade.review.branch.review import BranchReview
from colonnade.review.json_report import VERSION, json_report
from colonnade.review.markdown.report import markdown
from colonnade.review.markdown.text import code, plain

_NOTES: Mapping[Start, str] = {
    Start.BASE: "",
    Start.NEW: "First deployment: the base does not have this stack.\n\n",
    Start.ELSEWHERE: (
        "First deployment: account, region or state differ from the base. The base's resources remain.\n\n"
    ),
}


def branch_markdown(review: BranchReview) -> str:
    """Return the review as Markdown."""
    parts = [
        f"# Plan review: environment {code(review.environment)}\n\n"
        f"The working tree compared with {code(review.base)}, at {review.commit[:7]}.\n"
    ]
    for stack in review.stacks:
        parts.append(f"\n## `{stack.name}`\n\n{_NOTES[stack.start]}{markdown(stack.analysis, stack.verdict)}")
    if review.unchanged:
        parts.append(f"\nNo change: {_listed(review.unchanged)}.\n")
    if review.removed:
        parts.append(
            f"\nNo longer synthesized: {_listed(review.removed)}. Their resources remain until they are destroyed.\n"
        )
    if review.warnings:
        lines = (
            f"- {plain(each.subject)}: {plain(each.message)} {code(each.code)}\n  {plain(each.fix)}\n"
            for each in review.warnings
        )
        parts.append(f"\n## Warnings\n\n{''.join(lines)}")
    return "".join(parts)


def branch_json(review: BranchReview) -> dict[str, Any]:
    """Return the review as a JSON object: docs/plan-review.md documents each field."""
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
        "unchanged": list(review.unchanged),
        "no_longer_synthesized": list(review.removed),
        "warnings": [asdict(each) for each in review.warnings],
    }


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(code, names))

"""The changes that block an apply until they are approved: interrupted requests and lost data.

`colonnade.review` finds the changes, so that the review and the apply print the same text. A port that opens to the
internet or a wide policy blocks the review but not the apply, because every first deployment opens its load balancer.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from colonnade.apply.stack import Stack
from colonnade.review.allowed import checked
from colonnade.review.analysis.analysis import analyze
from colonnade.review.analysis.findings import NO_STEPS, Finding
from colonnade.review.inputs import ALLOW_FILE, project_approvals
from colonnade.review.plan.document import Plan


def approvals(allow: Sequence[str], root: Path) -> frozenset[str]:
    """Return the approved addresses: those in `allow` and those in the project's allow file.

    Raises ReviewError for one that is not an address.
    """
    return frozenset((*(checked(address, where="--allow ") for address in allow), *project_approvals(root)))


def blocking(plan: Plan, approved: frozenset[str]) -> tuple[Finding, ...]:
    """Return the findings of a plan that block its apply."""
    found = analyze(plan).findings
    return tuple(each for each in found if each.blocks_apply and each.address not in approved)


def report(stack: Stack, findings: Sequence[Finding], saved: Path | None) -> str:
    """Return the findings, the steps that avoid each, and the command that approves all of them.

    `saved` is the file of a saved plan, which the command applies.
    """
    plan = [f"--plan {shlex.quote(str(saved))}"] if saved is not None else []
    addresses = dict.fromkeys(each.address for each in findings)
    options = " ".join([*plan, *(f"--allow '{address}'" for address in addresses)])
    return "\n".join(
        [
            f"stack {stack.name!r}: its plan interrupts requests or loses data, which needs approval",
            *(line for each in findings for line in _lines(each)),
            *([NO_STEPS] if any(each.is_unavoidable for each in findings) else []),
            f"To approve it as it is, add the addresses to {ALLOW_FILE} or run",
            f"    {stack.command('apply')} {options}",
        ]
    )


def _lines(finding: Finding) -> Iterator[str]:
    yield f"    {finding.address}"
    yield f"        {finding.reason}"
    yield from (f"            {number}. {each}" for number, each in enumerate(finding.trace, start=1))
    if finding.steps:
        yield "        Steps that avoid it:"
        yield from (f"            {number}. {step}" for number, step in enumerate(finding.steps, start=1))

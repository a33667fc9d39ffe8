"""The changes that block an apply until they are approved: interrupted requests and lost data.

`colonnade.review` finds the changes, so that the review and the apply print the same text. A port that opens to the
internet or a wide policy blocks the review but not the apply, because every first deployment opens its load balancer.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from colonnade.apply.stack import Stack
from colonnade.review.analysis.analysis import analyze
from colonnade.review.analysis.findings import NO_STEPS, Finding
from colonnade.review.approvals import FILE, Approval, checked_address, entry, former_file
from colonnade.review.inputs import project_approvals, project_policy
from colonnade.review.plan.document import Plan
from colonnade.review.policy import Policy
from colonnade.review.verdict import NO_POLICY, judge


@dataclass(frozen=True, slots=True, kw_only=True)
class Approvable:
    """A finding that blocks an apply, and the value that binds its approval."""

    finding: Finding
    value: str

    @property
    def entry(self) -> str:
        """The entry of the file that approves it."""
        return entry(address=self.finding.address, rule=self.finding.rule, value=self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The approvals of an apply: `--allow` options and the entries of the project's file; and the project's policy."""

    allowed: tuple[str, ...] = ()
    approvals: tuple[Approval, ...] = ()
    policy: Policy = NO_POLICY


def given(allow: Sequence[str], root: Path) -> Given:
    """Return the approvals in `allow` and in the project's file, and its policy. Raise ReviewError if one is wrong."""
    allowed = tuple(map(checked_address, allow))
    return Given(allowed=allowed, approvals=project_approvals(root), policy=project_policy(root))


def blocking(plan: Plan, approved: Given) -> tuple[Approvable, ...]:
    """Return the findings of a plan that block its apply, each with the value that an approval must have."""
    analysis = analyze(plan)
    verdict = judge(analysis, allowed=approved.allowed, approvals=approved.approvals, policy=approved.policy)
    return tuple(
        Approvable(finding=each, value=analysis.values[each.address, each.rule])
        for each in verdict.blocking
        if each.blocks_apply
    )


def report(stack: Stack, blocked: Sequence[Approvable], saved: Path | None, root: Path) -> str:
    """Return the findings, the steps that avoid each, and both ways to approve all of them.

    `saved` is the file of a saved plan, which the command applies. `root` is the project's root.
    """
    plan = [f"--plan {shlex.quote(str(saved))}"] if saved is not None else []
    findings = [each.finding for each in blocked]
    addresses = dict.fromkeys(each.address for each in findings)
    options = " ".join([*plan, *(f"--allow '{address}'" for address in addresses)])
    entries = dict.fromkeys(each.entry for each in blocked)
    former = former_file(root)
    return "\n".join(
        [
            f"stack {stack.name!r}: its plan interrupts requests or loses data, which needs approval",
            *(line for each in findings for line in _lines(each)),
            *([NO_STEPS] if any(each.is_unavoidable for each in findings) else []),
            "To approve it as it is, once, run",
            f"    {stack.command('apply')} {options}",
            f"or add to {FILE}, with a reason:",
            *(f"    {line}" for each in entries for line in each.splitlines()),
            *([former] if former is not None else []),
        ]
    )


def _lines(finding: Finding) -> Iterator[str]:
    yield f"    {finding.address}"
    yield f"        {finding.reason}"
    yield from (f"            {number}. {each}" for number, each in enumerate(finding.trace, start=1))
    if finding.steps:
        yield "        Steps that avoid it:"
        yield from (f"            {number}. {step}" for number, step in enumerate(finding.steps, start=1))

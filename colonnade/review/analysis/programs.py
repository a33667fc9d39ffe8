"""Programs and actions that Terraform runs for a plan, and checks that fail."""

from __future__ import annotations

from collections.abc import Iterator

from colonnade.review.analysis.findings import Finding, Kind
from colonnade.review.analysis.hidden_values import masked
from colonnade.review.plan.document import Plan

_LONGEST = 160
_INVOKING = ("aws_lambda_invocation",)


def programs(plan: Plan) -> Iterator[Finding]:
    """Yield a finding for each program or action that Terraform runs, and for each check that fails."""
    for each in plan.executions:
        if each.is_action:
            yield Finding(
                address=each.address, rule="action-invoked", reason=f"invokes {each.what}", kind=Kind.EXPOSURE
            )
            continue
        command = "known after apply" if each.command is None else f"`{_short(each.command)}`"
        reason = f"runs a program on the machine that plans or applies: {each.what}, {command}"
        yield Finding(address=each.address, rule="program-runs", reason=reason, kind=Kind.EXPOSURE)
    for change in plan.changes:
        if change.type in _INVOKING and change.remains:
            reason = "invokes a function during the apply"
            yield Finding(address=change.address, rule="program-runs", reason=reason, kind=Kind.EXPOSURE)
    for check in plan.failed_checks:
        reason = f"the check fails: {_short('; '.join(check.messages) or 'no message')}"
        yield Finding(address=check.address, rule="check-failed", reason=reason, kind=Kind.PROTECTION)


def _short(text: str) -> str:
    shown = " ".join(str(masked(text)).split()).replace("`", "'")
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"

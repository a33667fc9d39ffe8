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
            rule, reason = "action-invoked", f"invokes {each.what}"
        else:
            command = "known after apply" if each.command is None else f"`{_short(each.command)}`"
            rule, reason = "program-runs", f"runs a program where Terraform runs: {each.what}, {command}"
        facts = (each.configuration,)
        yield Finding(address=each.address, rule=rule, reason=reason, kind=Kind.EXPOSURE, judged=facts)
    for change in plan.changes:
        if change.type in _INVOKING and change.remains:
            reason = "invokes a function during the apply"
            yield Finding(address=change.address, rule="program-runs", reason=reason, kind=Kind.EXPOSURE)
    for check in plan.failed_checks:
        messages = "; ".join(check.messages) or "no message"
        yield Finding(
            address=check.address,
            rule="check-failed",
            reason=f"the check fails: {_short(messages)}",
            kind=Kind.PROTECTION,
            judged=check.messages,
        )


def _short(text: str) -> str:
    shown = " ".join(str(masked(text)).split()).replace("`", "'")
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"

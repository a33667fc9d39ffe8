"""The verdict on an analyzed plan: findings and approvals -> changes that still need approval, unused approvals."""

from __future__ import annotations

import enum
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from colonnade.review.analysis.analysis import Analysis
from colonnade.review.analysis.findings import Finding
from colonnade.review.approvals import Approval
from colonnade.review.plan.document import Action as Operation
from colonnade.review.policy import Action, Policy

NO_POLICY = Policy()
"""The actions of the review itself."""


class Unused(enum.Enum):
    """The reason why an approval has no effect; the value is its wording in a report."""

    NOT_NEEDED = "its change does not block"
    NOT_IN_PLAN = "it is not in this plan"
    EXPIRED = "it has expired"
    OTHER_VALUE = "it is of another value"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnusedApproval:
    """An approval without effect on this plan."""

    address: str
    cause: Unused
    approval: Approval | None = None
    """The entry of the file; None for an `--allow` option."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The findings of a plan with and without approval."""

    blocking: tuple[Finding, ...]
    approved: tuple[Finding, ...]
    reported: tuple[Finding, ...] = ()
    """The findings that need no approval."""
    ignored: tuple[Finding, ...] = ()
    """The findings that the project's policy hides."""
    policy: Policy = NO_POLICY
    unused: tuple[UnusedApproval, ...] = ()

    @property
    def blocked(self) -> bool:
        """True if a change still needs approval."""
        return bool(self.blocking)


def judge(
    analysis: Analysis,
    *,
    allowed: Sequence[str] = (),
    approvals: Sequence[Approval] = (),
    policy: Policy = NO_POLICY,
    today: date | None = None,
) -> Verdict:
    """Return the verdict on a plan: its findings by the actions of a policy, without those that are approved.

    `allowed` are addresses that are approved for this plan, `approvals` the entries of a file.

    The file may serve several stacks and environments, so an entry for another plan is not reported as unused. `today`
    is the day in UTC, by default the present one.
    """
    day = today if today is not None else datetime.now(UTC).date()
    current = {(each.address, each.rule, each.value) for each in approvals if not each.has_expired(day)}
    by_action: dict[Action, list[Finding]] = {action: [] for action in Action}
    for finding in analysis.findings:
        by_action[policy.action(finding.rule)].append(finding)
    blocking: list[Finding] = []
    approved: list[Finding] = []
    for finding in by_action[Action.BLOCK]:
        bound = (finding.address, finding.rule)
        counts = finding.address in allowed or (*bound, analysis.values.get(bound)) in current
        (approved if counts else blocking).append(finding)
    unused = (*_unused_options(analysis, allowed), *_unused_entries(analysis, approvals, day))
    return Verdict(
        blocking=tuple(blocking),
        approved=tuple(approved),
        reported=tuple(by_action[Action.REPORT]),
        ignored=tuple(by_action[Action.IGNORE]),
        policy=policy,
        unused=unused,
    )


def _unused_options(analysis: Analysis, allowed: Sequence[str]) -> Iterator[UnusedApproval]:
    needed = {finding.address for finding in analysis.findings}
    in_plan = {change.address for change in analysis.plan.changes}
    for address in dict.fromkeys(allowed):
        if address not in needed:
            cause = Unused.NOT_NEEDED if address in in_plan else Unused.NOT_IN_PLAN
            yield UnusedApproval(address=address, cause=cause)


def _unused_entries(analysis: Analysis, approvals: Sequence[Approval], day: date) -> Iterator[UnusedApproval]:
    changed = {each.address for each in analysis.plan.changes if each.action not in (Operation.NONE, Operation.READ)}
    current = {
        (each.address, each.rule)
        for each in approvals
        if not each.has_expired(day) and analysis.values.get((each.address, each.rule)) == each.value
    }
    for each in approvals:
        value = analysis.values.get((each.address, each.rule))
        if value is None:
            if each.address in changed:
                yield UnusedApproval(address=each.address, cause=Unused.NOT_NEEDED, approval=each)
        elif (each.address, each.rule) not in current:
            cause = Unused.OTHER_VALUE if value != each.value else Unused.EXPIRED
            yield UnusedApproval(address=each.address, cause=cause, approval=each)

"""The analysis of one plan, computed once for Markdown and JSON.

Plan -> ResourceIndex -> resource changes, rules, security groups, policies, cost, interruptions -> findings ->
Verdict
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from colonnade.review.analysis.blocking import findings
from colonnade.review.analysis.cost import CostChange, cost_change
from colonnade.review.analysis.findings import Finding
from colonnade.review.analysis.iam import PolicyChange, policy_changes
from colonnade.review.analysis.listener_rules import RuleChanges, rule_changes
from colonnade.review.analysis.resource_changes import Counts, ResourceChange, count, resource_changes
from colonnade.review.analysis.security_groups import SecurityGroupChanges, security_group_changes
from colonnade.review.interruptions.judgement import Judgement, interruptions
from colonnade.review.plan.document import Plan
from colonnade.review.plan.resource_index import ResourceIndex


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """The facts that a review reports about a plan. The verdict is not part of it, because it depends on approvals."""

    plan: Plan
    index: ResourceIndex
    resources: tuple[ResourceChange, ...]
    counts: Counts
    rules: RuleChanges
    security_groups: SecurityGroupChanges
    policies: tuple[PolicyChange, ...]
    cost: CostChange | None
    judgement: Judgement
    findings: tuple[Finding, ...]

    @property
    def is_empty(self) -> bool:
        """True if an apply would change nothing."""
        return not (self.resources or self.counts.moved or self.counts.imported or self.plan.changed_outputs)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnneededApproval:
    """An approved address whose change needs no approval."""

    address: str
    in_plan: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The findings of a plan with and without approval."""

    blocking: tuple[Finding, ...]
    approved: tuple[Finding, ...]
    unneeded: tuple[UnneededApproval, ...]

    @property
    def blocked(self) -> bool:
        """True if a change still needs approval."""
        return bool(self.blocking)


def analyze(plan: Plan) -> Analysis:
    """Analyze a plan."""
    index = ResourceIndex(plan.changes, plan.configuration)
    resources = resource_changes(plan.changes, index)
    security_groups = security_group_changes(plan.changes, index)
    policies = policy_changes(plan.changes, index)
    rules = rule_changes(plan.changes, index)
    judgement = interruptions(plan, index, plan.graph)
    found = findings(plan.changes, index, rules, security_groups, policies, judgement)
    return Analysis(
        plan=plan,
        index=index,
        resources=resources,
        counts=count(plan, resources),
        rules=rules,
        security_groups=security_groups,
        policies=policies,
        cost=cost_change(plan, index),
        judgement=judgement,
        findings=found if resources else (),
    )


def judge(analysis: Analysis, *, allowed: Sequence[str], expected: Sequence[str] = ()) -> Verdict:
    """Return the verdict if the changes at the `allowed` addresses are approved.

    `expected` are the addresses that are approved for this plan in particular. An expected approval that the plan does
    not need is reported.
    """
    addresses = {finding.address for finding in analysis.findings}
    in_plan = {change.address for change in analysis.plan.changes}
    return Verdict(
        blocking=tuple(finding for finding in analysis.findings if finding.address not in allowed),
        approved=tuple(finding for finding in analysis.findings if finding.address in allowed),
        unneeded=tuple(
            UnneededApproval(address=address, in_plan=address in in_plan)
            for address in dict.fromkeys(expected)
            if address not in addresses
        ),
    )

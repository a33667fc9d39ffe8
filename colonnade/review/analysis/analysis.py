"""The analysis of one plan, computed once for Markdown and JSON.

Plan -> ResourceIndex -> resource changes, rules, security groups, policies, cost, interruptions -> findings
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from colonnade.review.analysis.approval_values import Bound, approval_values
from colonnade.review.analysis.blocking import findings
from colonnade.review.analysis.cost import CostChange, cost_change
from colonnade.review.analysis.drift import Drift, drift
from colonnade.review.analysis.findings import Finding
from colonnade.review.analysis.iam import PolicyChange, policy_changes
from colonnade.review.analysis.resource_changes import Counts, ResourceChange, count, resource_changes
from colonnade.review.analysis.rule_changes import RuleChanges, rule_changes
from colonnade.review.analysis.security_groups import SecurityGroupChanges, security_group_changes
from colonnade.review.errors import plan_errors
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
    drift: tuple[Drift, ...]
    """The resources that were changed outside of Terraform."""
    judgement: Judgement
    findings: tuple[Finding, ...]
    values: Mapping[Bound, str]
    """The value that an approval of an address and a rule must have."""

    @property
    def is_empty(self) -> bool:
        """True if an apply would change nothing."""
        return not (
            self.resources or self.findings or self.counts.moved or self.counts.imported or self.plan.changed_outputs
        )


@plan_errors()
def analyze(plan: Plan, added: Sequence[Finding] = ()) -> Analysis:
    """Analyze a plan; `added` are findings that another source than the plan has. Raise PlanError for a wrong shape."""
    index = ResourceIndex(plan.changes, plan.configuration)
    resources = resource_changes(plan.changes, index)
    security_groups = security_group_changes(plan.changes, index)
    policies = policy_changes(plan.changes, index)
    rules = rule_changes(plan.changes, index)
    judgement = interruptions(plan, index, plan.graph)
    own = findings(plan, index, rules, security_groups, policies, judgement)
    found = (*added, *own)
    return Analysis(
        plan=plan,
        index=index,
        resources=resources,
        counts=count(plan, resources),
        rules=rules,
        security_groups=security_groups,
        policies=policies,
        cost=cost_change(plan, index),
        drift=drift(plan.drifted, plan.changes, index),
        judgement=judgement,
        findings=found,
        values=approval_values(found, plan.changes, index),
    )

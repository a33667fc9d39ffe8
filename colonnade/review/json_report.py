"""The review of one plan as JSON; docs/review-json.md documents each field.

Sensitive values and values that are known after the apply have the same placeholders as in Markdown.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from typing import Any

from colonnade.review.analysis.analysis import Analysis
from colonnade.review.analysis.cost import CostChange, Estimate, Item
from colonnade.review.analysis.drift import Drift
from colonnade.review.analysis.findings import Finding
from colonnade.review.analysis.hidden_values import masked, masked_at
from colonnade.review.analysis.iam import PolicyChange
from colonnade.review.analysis.listener_rules import Rule
from colonnade.review.analysis.policy_documents import Grant
from colonnade.review.analysis.rule_changes import OwnerChange, RuleChanges
from colonnade.review.analysis.security_groups import Edge, SecurityGroupChanges
from colonnade.review.interruptions.judgement import Judgement
from colonnade.review.plan.resource_index import ResourceIndex
from colonnade.review.verdict import Unused, Verdict

VERSION = 1
"""The version of the format: it increases if a field is removed or changes its meaning, not for a new field."""


def json_report(analysis: Analysis, verdict: Verdict) -> dict[str, Any]:
    """Return the review as a JSON object."""
    return {
        "version": VERSION,
        "verdict": "blocked" if verdict.blocked else "pass",
        "blocked": _by_address(verdict.blocking, analysis),
        "approved": _by_address(verdict.approved, analysis),
        "reported": _by_address(verdict.reported, analysis),
        "ignored": _by_address(verdict.ignored, analysis),
        "policy": [
            {"rule": each.rule, "action": each.action.value, "reason": each.reason, "loosens": each.loosens}
            for each in verdict.policy.rulings.values()
        ],
        "unneeded_approvals": _addresses(verdict, Unused.NOT_NEEDED, Unused.NOT_IN_PLAN),
        "outdated_approvals": _addresses(verdict, Unused.OTHER_VALUE),
        "expired_approvals": _addresses(verdict, Unused.EXPIRED),
        "counts": dataclasses.asdict(analysis.counts),
        "changes": [
            {"address": each.change.address, "service": each.service, "action": each.change.action.name.lower()}
            for each in analysis.resources
        ],
        "changed_outside_of_terraform": [each.change.address for each in analysis.drift],
        "drift": [_drift(each) for each in analysis.drift],
        "changed_outputs": list(analysis.plan.changed_outputs),
        "rules": _rules(analysis.rules),
        "security_groups": _security_groups(analysis.security_groups),
        "iam": [_policy(policy, analysis.index) for policy in analysis.policies],
        "cost": _cost(analysis.cost),
        "interruptions": _judgement(analysis.judgement),
    }


def json_text(document: Any) -> str:
    """Return the document as a JSON string with a line break at the end."""
    # For an unknown or sensitive value, `repr` returns its placeholder. All characters are ASCII, for any output.
    return f"{json.dumps(document, indent=2, default=repr)}\n"


def _addresses(verdict: Verdict, *causes: Unused) -> list[str]:
    return [each.address for each in verdict.unused if each.cause in causes]


def _by_address(findings: Sequence[Finding], analysis: Analysis) -> list[dict[str, Any]]:
    by_address: dict[str, list[Finding]] = {}
    for finding in findings:
        by_address.setdefault(finding.address, []).append(finding)
    return [
        {
            "address": address,
            "reasons": [each.reason for each in own],
            "rules": [each.rule for each in own],
            "values": {each.rule: analysis.values[address, each.rule] for each in own},
            "kinds": sorted({each.kind.value for each in own}),
            "blocks_apply": any(each.blocks_apply for each in own),
            "trace": [sentence for each in own for sentence in each.trace],
            "steps": [step for each in own for step in each.steps],
        }
        for address, own in by_address.items()
    ]


def _judgement(judgement: Judgement) -> dict[str, Any]:
    return {
        "approximate": judgement.approximate,
        "found": [
            {
                "level": each.level.value,
                "blocks": each.level.blocks,
                "rule": each.rule,
                "address": each.address,
                "services": list(each.services),
                "text": each.text,
                "trace": list(each.trace),
                "steps": list(each.steps),
            }
            for each in judgement.found
        ],
    }


def _drift(drift: Drift) -> dict[str, Any]:
    return {
        "address": drift.change.address,
        "deleted": drift.is_deleted,
        "attributes": [
            {"name": each.name, "before": masked_at(each.path, each.before), "after": masked_at(each.path, each.after)}
            for each in drift.differences
        ],
    }


def _rules(rules: RuleChanges) -> dict[str, Any]:
    return {
        "before": [_rule(rule) for rule in rules.before],
        "after": [_rule(rule) for rule in rules.after],
        "owner_changes": [_owner_change(change) for change in rules.owners],
    }


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "address": rule.address,
        "listener": rule.listener,
        "default": rule.is_default,
        "priority": rule.priority,
        "path_patterns": list(rule.patterns),
        "other_conditions": list(dict.fromkeys(each.type for each in rule.conditions)),
        "condition_values": list(map(str, rule.conditions)),
        "action": rule.action,
        "targets": [{"name": target.name, "percent": target.percent} for target in rule.targets],
    }


def _owner_change(change: OwnerChange) -> dict[str, Any]:
    return {
        "path_pattern": change.pattern,
        "example": change.example,
        "before": change.before,
        "after": change.after,
        "shadowed_by": change.shadowed_by.address if change.shadowed_by is not None else None,
    }


def _security_groups(changes: SecurityGroupChanges) -> dict[str, Any]:
    return {
        "opened": [_edge(edge) for edge in changes.opened],
        "closed": [_edge(edge) for edge in changes.closed],
    }


def _edge(edge: Edge) -> dict[str, Any]:
    ports = edge.ports
    return {
        "source": edge.source,
        "target": edge.target,
        "protocol": ports.protocol,
        "from_port": ports.first,
        "to_port": ports.last,
    }


def _policy(policy: PolicyChange, index: ResourceIndex) -> dict[str, Any]:
    return {
        "address": policy.change.address,
        "service": index.service(policy.change),
        "readable": not policy.unreadable,
        "gained": [_grant(grant) for grant in policy.gained],
        "lost": [_grant(grant) for grant in policy.lost],
    }


def _grant(grant: Grant) -> dict[str, Any]:
    return {
        "effect": grant.effect,
        "action": grant.action,
        "resource": grant.resource or None,
        "principal": grant.principal or None,
        "condition": masked(json.loads(grant.conditions)) if grant.conditions else None,
    }


def _cost(cost: CostChange | None) -> dict[str, Any] | None:
    if cost is None:
        return None
    return {
        "currency": "USD",
        "region": cost.prices.region,
        "prices_as_of": cost.prices.as_of,
        "monthly_before": round(cost.before.monthly, 2),
        "monthly_after": round(cost.after.monthly, 2),
        "before": _estimate(cost.before),
        "after": _estimate(cost.after),
    }


def _estimate(estimate: Estimate) -> dict[str, Any]:
    return {"items": [_item(item) for item in estimate.items], "services_of_unknown_size": list(estimate.unknown)}


def _item(item: Item) -> dict[str, Any]:
    return {"name": item.name, "count": item.count, "monthly": round(item.monthly, 2)}

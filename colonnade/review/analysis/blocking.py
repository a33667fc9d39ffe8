"""The changes that need approval: interruptions, lost resources and data, services without tasks, exposure.

The review blocks every finding, `colonnade apply` those of the kinds INTERRUPTION and LOSS.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from colonnade.review.analysis.findings import Finding, Kind
from colonnade.review.analysis.iam import PolicyChange
from colonnade.review.analysis.interruptions import interruptions
from colonnade.review.analysis.kept import lost
from colonnade.review.analysis.listener_rules import RuleChanges
from colonnade.review.analysis.security_groups import Opening
from colonnade.review.plan.document import Change
from colonnade.review.plan.resource_index import ResourceIndex

_COUNTS = (("aws_ecs_service", "desired_count"), ("aws_appautoscaling_target", "max_capacity"))


def findings(
    changes: Sequence[Change],
    index: ResourceIndex,
    rules: RuleChanges,
    openings: Sequence[Opening],
    policies: Sequence[PolicyChange],
) -> tuple[Finding, ...]:
    """Return every reason why a change needs approval, sorted by address."""
    found = {
        *lost(changes),
        *interruptions(changes, index, rules),
        *_without_tasks(changes, index, rules),
        *_opened(openings),
        *_widened(policies),
    }
    return tuple(sorted(found, key=lambda each: (each.address, each.reason)))


def _without_tasks(changes: Sequence[Change], index: ResourceIndex, rules: RuleChanges) -> Iterator[Finding]:
    routed = {target.name for rule in rules.after for target in rule.targets if target.percent > 0}
    for change in changes:
        for type_, attribute in _COUNTS:
            if change.type != type_ or change.before is None or change.after is None:
                continue
            before, after = change.before.get(attribute), change.after.get(attribute)
            # The provider sends 0 for null: https://github.com/hashicorp/terraform-provider-aws/issues/752
            if after in (0, None) and before not in (0, None):
                # A desired count of 0 is expected for a retired monolith, which gets no requests.
                gets_requests = index.service(change) in routed
                yield Finding(
                    address=change.address,
                    rule="service-without-tasks",
                    reason=f"leaves a service without tasks ({attribute} {before} → {0 if after == 0 else 'none'})",
                    kind=Kind.INTERRUPTION if gets_requests else Kind.REMOVAL,
                    judged=f"{attribute} 0",
                )


def _opened(openings: Sequence[Opening]) -> Iterator[Finding]:
    for opening in openings:
        ports = ", ".join(map(str, opening.ports))
        reason = f"opens {opening.group} to the internet on {ports}"
        yield Finding(address=opening.address, rule="port-opened", reason=reason, kind=Kind.EXPOSURE, judged=ports)


def _widened(policies: Sequence[PolicyChange]) -> Iterator[Finding]:
    for policy in policies:
        for reason in policy.widenings:
            yield Finding(
                address=policy.change.address,
                rule="policy-widened",
                reason=f"widens a policy: {reason}",
                kind=Kind.EXPOSURE,
            )

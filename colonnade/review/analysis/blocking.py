"""The changes that need approval: lost resources, services without tasks, ports open to the internet, wide policies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from colonnade.review.analysis.iam import PolicyChange
from colonnade.review.analysis.security_groups import Opening
from colonnade.review.plan.document import Action, Change

KEPT: Mapping[str, str] = {
    "aws_lb": "a load balancer",
    "aws_alb": "a load balancer",
    "aws_lb_listener": "a listener",
    "aws_alb_listener": "a listener",
    "aws_lb_target_group": "a target group",
    "aws_alb_target_group": "a target group",
    "aws_ecs_service": "an ECS service",
    "aws_service_discovery_private_dns_namespace": "a namespace",
    "aws_service_discovery_public_dns_namespace": "a namespace",
    "aws_service_discovery_http_namespace": "a namespace",
    "aws_s3_bucket": "a bucket, which may hold Terraform's state",
    "aws_acm_certificate": "a certificate",
    "aws_iam_server_certificate": "a certificate",
}
"""Resource types whose replacement or destruction needs approval. A plan does not show which bucket holds states, so
every bucket counts."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Finding:
    """One reason why the change of the resource at `address` needs approval."""

    address: str
    reason: str


def findings(
    changes: Sequence[Change], openings: Sequence[Opening], policies: Sequence[PolicyChange]
) -> tuple[Finding, ...]:
    """Return every reason why a change needs approval, sorted by address."""
    return tuple(sorted({*_lost(changes), *_without_tasks(changes), *_opened(openings), *_widened(policies)}))


def _lost(changes: Sequence[Change]) -> Iterator[Finding]:
    for change in changes:
        # An earlier apply has already replaced a deposed object.
        if change.type in KEPT and change.action in (Action.REPLACE, Action.DESTROY) and not change.deposed:
            verb = "replaces" if change.action is Action.REPLACE else "destroys"
            yield Finding(address=change.address, reason=f"{verb} {KEPT[change.type]}")


def _without_tasks(changes: Sequence[Change]) -> Iterator[Finding]:
    for change in changes:
        for type_, attribute in (("aws_ecs_service", "desired_count"), ("aws_appautoscaling_target", "max_capacity")):
            if change.type == type_ and change.before is not None and change.after is not None:
                before, after = change.before.get(attribute), change.after.get(attribute)
                if after == 0 and before != 0:
                    reason = f"leaves a service without tasks ({attribute} {before} → 0)"
                    yield Finding(address=change.address, reason=reason)


def _opened(openings: Sequence[Opening]) -> Iterator[Finding]:
    for opening in openings:
        ports = ", ".join(map(str, opening.ports))
        yield Finding(address=opening.address, reason=f"opens {opening.group} to the internet on {ports}")


def _widened(policies: Sequence[PolicyChange]) -> Iterator[Finding]:
    for policy in policies:
        for reason in policy.widenings:
            yield Finding(address=policy.change.address, reason=f"widens a policy: {reason}")

"""What must be named before it may happen: replaced or destroyed parts that answer requests, and doors opened wide."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from colonnade.review import iam, security_groups
from colonnade.review.directory import Directory
from colonnade.review.plan_document import Action, Change

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
"""What may be neither replaced nor destroyed unnamed. A plan does not tell which bucket holds states, so all count."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Finding:
    """One reason to stop, about the resource at `address`."""

    address: str
    reason: str
    """Plain text."""


def findings(changes: Sequence[Change], directory: Directory) -> tuple[Finding, ...]:
    """Every reason to stop, by address."""
    return tuple(
        sorted({*_lost(changes), *_without_tasks(changes), *_opened(changes, directory), *_widened(changes, directory)})
    )


def _lost(changes: Sequence[Change]) -> Iterator[Finding]:
    for change in changes:
        # What is deposed has been replaced by an earlier apply already.
        if change.type in KEPT and change.action in (Action.REPLACE, Action.DESTROY) and not change.deposed:
            verb = "replaces" if change.action is Action.REPLACE else "destroys"
            yield Finding(address=change.address, reason=f"{verb} {KEPT[change.type]}")


def _without_tasks(changes: Sequence[Change]) -> Iterator[Finding]:
    for change in changes:
        for type_, attribute in (("aws_ecs_service", "desired_count"), ("aws_appautoscaling_target", "max_capacity")):
            if change.type == type_ and change.before is not None and change.after is not None:
                before, after = change.before.get(attribute), change.after.get(attribute)
                if after == 0 and before != 0:
                    yield Finding(
                        address=change.address, reason=f"leaves a service without tasks ({attribute} {before} → 0)"
                    )


def _opened(changes: Sequence[Change], directory: Directory) -> Iterator[Finding]:
    before, after = (security_groups.permissions(changes, directory, after=side) for side in (False, True))
    for opening in security_groups.openings(before, after):
        ports = ", ".join(map(str, opening.ports))
        yield Finding(address=opening.address, reason=f"opens {opening.group} to the world on {ports}")


def _widened(changes: Sequence[Change], directory: Directory) -> Iterator[Finding]:
    for policy in iam.policy_changes(changes, directory):
        for reason in iam.widenings(policy):
            yield Finding(address=policy.change.address, reason=f"widens a policy: {reason}")

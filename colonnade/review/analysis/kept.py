"""Resource types whose loss needs approval: replaced or destroyed -> findings with the effect of each.

For a destroyed resource, the JSON of a plan does not show `create_before_destroy`. So each destruction is treated as if
nothing replaces the resource before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from colonnade.review.analysis.findings import Finding, Kind
from colonnade.review.plan.document import Action, Change


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A resource type: its name in a report, and the effects of losing it."""

    noun: str
    rule: str
    """The name of the rule of its findings: a key of `rules.RULES`."""
    replaced: Kind = Kind.REMOVAL
    """The kind of finding if a replacement destroys the old resource before it creates the new one."""
    successor_first: Kind | None = Kind.REMOVAL
    """The kind of finding if a replacement creates the new resource first; None if that needs no approval."""
    destroyed: Kind | None = Kind.REMOVAL
    """The kind of finding if the resource is destroyed without a replacement; None if that needs no approval."""
    effect: str = ""
    """The consequence and its duration, if they are known."""


_STOPS = Kind.INTERRUPTION
_TAINTED = "replace_because_tainted"
"""Terraform's reason for replacing a resource that an earlier apply failed to create completely.
https://developer.hashicorp.com/terraform/internals/json-format#change-representation"""


def _interrupts(noun: str, effect: str, *, rule: str, successor_first: Kind | None = _STOPS) -> Kept:
    """Return a type whose loss interrupts requests.

    `successor_first` None: a replacement that creates first does not.
    """
    return Kept(noun=noun, rule=rule, replaced=_STOPS, successor_first=successor_first, destroyed=_STOPS, effect=effect)


def _holds(noun: str, effect: str, *, rule: str = "data-destroyed") -> Kept:
    """Return a type with data, or an address, that no later apply can restore."""
    return Kept(noun=noun, rule=rule, replaced=Kind.LOSS, successor_first=Kind.LOSS, destroyed=Kind.LOSS, effect=effect)


_BALANCER = _interrupts(
    "a load balancer", "requests fail until another one runs and clients have its address", rule="routing-destroyed"
)
_LISTENER = _interrupts(
    "a listener", "its port refuses connections until another listener has it", rule="routing-destroyed"
)
_TARGET_GROUP = Kept(
    noun="a target group",
    rule="routing-destroyed",
    replaced=_STOPS,
    successor_first=_STOPS,
    effect="the new one has no healthy target until ECS has registered its tasks, and requests get 503",
)
_RULE = Kept(
    noun="a listener rule",
    rule="routing-destroyed",
    replaced=_STOPS,
    successor_first=None,
    destroyed=None,
    effect="requests for its paths match other rules until it exists again",
)
_NAMESPACE = _interrupts(
    "a namespace",
    "calls to names in it fail; AWS refuses to delete it while services are registered in it, and the apply fails",
    rule="discovery-destroyed",
)
_IN_USE = "AWS refuses to delete it while it is in use (DependencyViolation), and the apply fails after a long wait"
_DATA = "its data is deleted"

KEPT: Mapping[str, Kept] = {
    "aws_lb": _BALANCER,
    "aws_alb": _BALANCER,
    "aws_lb_listener": _LISTENER,
    "aws_alb_listener": _LISTENER,
    "aws_lb_listener_rule": _RULE,
    "aws_alb_listener_rule": _RULE,
    "aws_lb_target_group": _TARGET_GROUP,
    "aws_alb_target_group": _TARGET_GROUP,
    "aws_ecs_service": Kept(
        noun="an ECS service",
        rule="service-destroyed",
        replaced=_STOPS,
        effect="its tasks stop before new ones start: requests get 503 until those are healthy, one to three minutes",
    ),
    "aws_ecs_cluster": _interrupts(
        "an ECS cluster",
        "AWS refuses to delete it while it has services, and the apply fails",
        rule="service-destroyed",
    ),
    "aws_service_discovery_private_dns_namespace": _NAMESPACE,
    "aws_service_discovery_public_dns_namespace": _NAMESPACE,
    "aws_service_discovery_http_namespace": _NAMESPACE,
    "aws_security_group": Kept(
        noun="a security group",
        rule="network-destroyed",
        replaced=_STOPS,
        successor_first=None,
        destroyed=None,
        effect=(
            "its rules go first and no connection passes; AWS refuses to delete it while it is in use "
            "(DependencyViolation), and the apply fails after 15 minutes"
        ),
    ),
    "aws_iam_role": Kept(
        noun="a role",
        rule="role-destroyed",
        replaced=_STOPS,
        successor_first=None,
        destroyed=None,
        effect="running tasks that use it have no permissions until their next revision runs, one to three minutes",
    ),
    "aws_acm_certificate": Kept(
        noun="a certificate",
        rule="routing-destroyed",
        replaced=_STOPS,
        effect="AWS refuses to delete it while a listener uses it",
    ),
    "aws_iam_server_certificate": Kept(
        noun="a certificate",
        rule="routing-destroyed",
        replaced=_STOPS,
        effect="AWS refuses to delete it while a listener uses it",
    ),
    "aws_nat_gateway": _interrupts(
        "a NAT gateway",
        "tasks behind it cannot reach the internet until their route has another one, one to three minutes",
        rule="network-destroyed",
        successor_first=None,
    ),
    "aws_internet_gateway": _interrupts("an internet gateway", _IN_USE, rule="network-destroyed"),
    "aws_vpc": _interrupts("a VPC", _IN_USE, rule="network-destroyed"),
    "aws_subnet": _interrupts("a subnet", _IN_USE, rule="network-destroyed"),
    "aws_eip": _holds(
        "an Elastic IP address",
        "AWS assigns another address, which firewalls of third parties may not allow",
        rule="address-released",
    ),
    "aws_s3_bucket": _holds("a bucket, which may hold Terraform's state", _DATA),
    "aws_cloudwatch_log_group": _holds("a log group", "its logs are deleted"),
    "aws_kms_key": _holds(
        "a KMS key",
        "data that it encrypted cannot be read after its deletion, 7 to 30 days later",
        rule="key-destroyed",
    ),
    "aws_ecr_repository": _holds("an image repository", "its images are deleted"),
    "aws_db_instance": _holds("a database", _DATA),
    "aws_rds_cluster": _holds("a database cluster", _DATA),
    "aws_dynamodb_table": _holds("a table", _DATA),
    "aws_efs_file_system": _holds("a file system", _DATA),
    "aws_secretsmanager_secret": _holds("a secret", _DATA),
}
"""The types by name. Every bucket counts, because a plan does not show which bucket holds Terraform states."""


def lost(changes: Sequence[Change]) -> Iterator[Finding]:
    """Yield a finding for each resource of a type in KEPT that is replaced or destroyed."""
    for change in changes:
        kept = KEPT.get(change.type)
        kind = _kind(change, kept) if kept is not None else None
        if kept is not None and kind is not None:
            verb = "replaces" if change.action is Action.REPLACE else "destroys"
            effect = f": {kept.effect}" if kept.effect and kind is not Kind.REMOVAL else ""
            yield Finding(address=change.address, rule=kept.rule, reason=f"{verb} {kept.noun}{effect}", kind=kind)


def _kind(change: Change, kept: Kept) -> Kind | None:
    # A deposed object has been replaced by an earlier apply. A resource with `skip_destroy` remains in AWS.
    if change.deposed or (change.before or {}).get("skip_destroy") is True:
        return None
    if change.reason == _TAINTED:
        return Kind.REMOVAL
    if change.action is Action.REPLACE:
        return kept.successor_first if change.creates_first else kept.replaced
    return kept.destroyed if change.action is Action.DESTROY else None

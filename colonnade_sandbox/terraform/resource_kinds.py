"""Kinds of resources for people: the group that a resource type belongs to, and the reason for a long wait. Pure."""

from __future__ import annotations

from collections.abc import Mapping

_GROUPS: Mapping[str, str] = {
    "aws_acm_": "certificate",
    "aws_appautoscaling_": "autoscaling",
    "aws_cloudwatch_log_": "logs",
    "aws_default_security_group": "security groups",
    "aws_ecr_": "image repositories",
    "aws_ecs_": "ECS",
    "aws_eip": "network",
    "aws_flow_log": "network",
    "aws_iam_": "IAM",
    "aws_internet_gateway": "network",
    "aws_kms_": "keys",
    "aws_lb": "load balancer",
    "aws_nat_gateway": "network",
    "aws_route": "network",
    "aws_route53_": "DNS",
    "aws_s3_": "S3",
    "aws_security_group": "security groups",
    "aws_service_discovery_": "Cloud Map",
    "aws_subnet": "network",
    "aws_vpc": "network",
    "aws_vpc_endpoint": "network",
    "aws_vpc_security_group_": "security groups",
    "aws_wafv2_": "web ACL",
}
"""The group of each resource type, by the type's longest beginning in this table."""

_WAITS: Mapping[tuple[str, str], str] = {
    ("create", "aws_ecs_service"): "the provider waits until its tasks run",
    ("update", "aws_ecs_service"): "its new tasks must pass their health checks",
    ("delete", "aws_ecs_service"): "its tasks finish their requests",
    ("create", "aws_lb"): "the provider waits a minute for a load balancer",
    ("create", "aws_nat_gateway"): "the provider waits until the gateway is available",
    ("delete", "aws_nat_gateway"): "the provider waits until the gateway is gone",
    ("create", "aws_route53_record"): "the provider waits until Route 53 has applied the record",
    ("delete", "aws_route53_record"): "the provider waits until Route 53 has removed the record",
}


def group(address: str) -> str:
    """Return the group of the resource at a Terraform address, or "other"."""
    kind = _kind(address)
    fitting = [beginning for beginning in _GROUPS if kind.startswith(beginning)]
    return _GROUPS[max(fitting, key=len)] if fitting else "other"


def wait_reason(address: str, action: str) -> str:
    """Return why `action` on the resource may take long, or an empty string."""
    return _WAITS.get((action, _kind(address)), "")


def _kind(address: str) -> str:
    parts = address.split(".")
    while len(parts) > 2 and parts[0] == "module":
        parts = parts[2:]
    return parts[0]

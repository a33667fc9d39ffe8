"""The tables of an environment's file that apply to every deployment: network, tasks, timing, protection, logs, IAM.

Plain data; `rules` and `timing_rules` check it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from colonnade.model.network.existing import ExistingNetwork


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSettings:
    """The `[network]` table."""

    vpc_cidrs: Mapping[str, str] = field(default_factory=dict)
    """The block of each deployment's VPC, by deployment name; it cannot be changed later. A deployment that declares
    its own network has none here.

    Rule: /16 to /28, in private address space, with room for two subnets in each zone; outside of the sandbox, no two
    blocks overlap.
    AWS: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
    Example: {shop = "10.34.0.0/16"}
    """
    availability_zone_count: int = 2
    """The number of zones, from the region's first one. Adding a zone later does not move any subnet.

    Rule: 2 to 6.
    AWS: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#subnets-load-balancer
    """
    nat: Literal["single", "per_zone", "none"] = "single"
    """NAT gateways: one for all zones, one per zone, or none.

    Without one, tasks reach only ECR, CloudWatch Logs and S3 outside of the VPC, through VPC endpoints. AWS charges for
    the three interface endpoints per hour and zone.

    Rule: `single`, `per_zone` or `none`.
    AWS: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-nat-gateway.html
    """
    existing: ExistingNetwork | None = None
    """The existing network of every deployment that has no block in `vpc_cidrs` and declares no network.

    None: each deployment creates its VPC.

    Rule: a table `[network.existing]`.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSettings:
    """The `[tasks]` table."""

    desired_count: int
    """The tasks of each service that does not set its own count.

    Rule: 0 to 5000.
    AWS: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
    """
    capacity_provider: Literal["FARGATE", "FARGATE_SPOT"]
    """FARGATE_SPOT costs less; AWS may stop a task with two minutes' notice.

    Rule: `FARGATE` or `FARGATE_SPOT`.
    AWS: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html
    """
    log_retention_days: int
    """The time that CloudWatch keeps logs.

    Rule: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365 or another number that CloudWatch allows.
    AWS: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
    """
    drain_seconds: int
    """The time that a task keeps serving after SIGTERM, while callers may still use its address.

    Rule: more than `timing.dns_ttl_seconds` and the two seconds of a resolver's cache.
    AWS: https://docs.aws.amazon.com/cloud-map/latest/api/API_DnsRecord.html
    """
    stop_timeout_seconds: int
    """The time from SIGTERM until a task is killed.

    Rule: 2 to 120, and more than `drain_seconds`.
    AWS: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
    """
    cluster_name: str | None = None
    """An existing ECS cluster with the capacity providers of Fargate. None: each deployment creates its cluster.

    Rule: letters, digits, hyphens and underscores, at most 255.
    AWS: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCluster.html
    Example: "platform"
    """
    container_insights: bool = True
    """True if CloudWatch collects metrics of every task, which it charges as custom metrics.

    AWS: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/ContainerInsights.html
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class TimingSettings:
    """The `[timing]` table."""

    health_check_interval_seconds: int
    """The time from one health check of a target to the next.

    Rule: 5 to 300.
    AWS: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
    """
    health_check_timeout_seconds: int
    """The time that a target has to respond to a health check.

    Rule: 2 to 120, and less than the interval.
    AWS: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
    """
    healthy_threshold: int
    """The number of consecutive checks that a target must pass to become healthy.

    Rule: 2 to 10.
    AWS: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
    """
    unhealthy_threshold: int
    """The number of consecutive checks that a target must fail to become unhealthy.

    Rule: 2 to 10.
    AWS: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
    """
    health_check_grace_seconds: int
    """The time after a task's start in which failed checks do not count.

    Rule: 0 to 2147483647.
    AWS: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
    """
    deregistration_delay_seconds: int
    """The time that a deregistered target has to finish its requests.

    Rule: 0 to 3600.
    AWS: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html
    """
    steady_state_timeout_minutes: int
    """The time that an apply waits for a service's tasks.

    Rule: longer than `health_check_grace_seconds`.
    """
    dns_ttl_seconds: int
    """The time that an address from Cloud Map may be cached.

    Rule: 0 to 2147483647, and short enough for `tasks.drain_seconds`.
    AWS: https://docs.aws.amazon.com/cloud-map/latest/api/API_DnsRecord.html
    """
    idle_timeout_seconds: int = 60
    """The time that a load balancer waits for data on a connection. A container must keep unused connections open for
    longer.

    Rule: 1 to 4000.
    AWS: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html
    Example: 120
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectionSettings:
    """The `[protection]` table: settings for production that a temporary environment does not need."""

    deletion_protection: bool
    """True if AWS refuses to delete a load balancer, or a bucket that still contains access logs.

    Log groups then remain after their service is removed, and Terraform refuses to destroy the key of the logs together
    with the deployment.

    AWS: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html
    """
    locked_default_security_group: bool
    """True if the rules of the VPC's default security group are removed.

    AWS creates this group with every VPC; no resource here uses it.

    AWS: https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html
    """
    log_key: bool
    """True if CloudWatch encrypts logs with the deployment's own key, rotated every year, instead of AWS's key.

    AWS: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
    """
    web_acl_arn: str | None = None
    """The AWS WAF web ACL of every load balancer.

    It is created outside of this project, because the owner of the account manages its rules. None: no web ACL.

    Rule: the ARN of a regional web ACL in the environment's account and region.
    AWS: https://docs.aws.amazon.com/waf/latest/APIReference/API_AssociateWebACL.html
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficLogSettings:
    """The `[traffic_logs]` table: logs of requests and connections, in addition to the services' own logs."""

    access_log_days: int
    """The time that S3 keeps the access logs of each load balancer; 0 for no access logs.

    Rule: 0 to 2147483647.
    AWS: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html
    """
    flow_logs: bool
    """True if the connections in every VPC are logged to CloudWatch, which keeps the logs for
    `tasks.log_retention_days`.

    AWS: https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-cwl.html
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class IamSettings:
    """The `[iam]` table: settings that an organization may require for every role."""

    path: str | None = None
    """The path of every role. None: `/`. Set it before the first apply: another path replaces the roles.

    Rule: begins and ends with a slash; at most 512 letters, digits and the characters / + = , . @ _ -.
    AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-friendly-names
    Example: "/colonnade/"
    """
    permissions_boundary_arn: str | None = None
    """The policy that limits what every role may do. None: none.

    Rule: the ARN of a policy of the environment's account, or of AWS.
    AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
    Example: "arn:aws:iam::111122223333:policy/workloads"
    """

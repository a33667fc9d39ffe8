"""An environment: the account, region, domain and sizes that deployments are synthesized for.

Plain data; `document` builds it from a TOML document.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from colonnade.model import aws_limits, naming
from colonnade.model.migration.phases import MigrationSettings

SANDBOX = "sandbox"
"""The environment of the AWS emulator, the only one without an AWS account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSettings:
    """The `[network]` table."""

    vpc_cidr: str
    """The VPC's block, /16 to /28, in private address space."""
    availability_zone_count: int = 2
    """The number of zones, 2 to 6, from the region's first one; adding a zone later does not move any subnet."""
    nat: Literal["single", "per_zone", "none"]
    """NAT gateways: one for all zones, one per zone, or none. With none, tasks reach nothing outside the VPC but ECR,
    CloudWatch Logs and S3, by VPC endpoints; the three interface endpoints are charged by the hour and zone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSettings:
    """The `[tasks]` table."""

    desired_count: int
    """Tasks per service, unless the service sets its own count."""
    capacity_provider: Literal["FARGATE", "FARGATE_SPOT"]
    """FARGATE_SPOT costs less; AWS may stop a task with two minutes' notice."""
    log_retention_days: int
    """The time that CloudWatch keeps logs; one of the values that it allows."""
    drain_seconds: int
    """The time that a task keeps serving after SIGTERM; must be longer than a stale address stays in use."""
    stop_timeout_seconds: int
    """The time from SIGTERM until a task is killed; must be longer than `drain_seconds`, at most 120."""
    container_insights: bool = True
    """True if CloudWatch collects metrics of every task, which it charges as custom metrics. Default: true."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimingSettings:
    """The `[timing]` table."""

    health_check_interval_seconds: int
    """The time from one health check of a target to the next, 5 to 300."""
    health_check_timeout_seconds: int
    """The time that a target has to answer a health check, 2 to 120 and less than the interval."""
    healthy_threshold: int
    """Consecutive checks that a target must pass to become healthy."""
    unhealthy_threshold: int
    """Consecutive checks that a target must fail to become unhealthy."""
    health_check_grace_seconds: int
    """The time after a task's start in which failed checks do not count."""
    deregistration_delay_seconds: int
    """The time that a deregistered target has to finish its requests."""
    steady_state_timeout_minutes: int
    """The time that an apply waits for a service's tasks."""
    dns_ttl_seconds: int
    """The time that an address from Cloud Map may be cached."""
    idle_timeout_seconds: int = 60
    """The time that a load balancer waits for data on a connection, 1 to 4000. A container must keep unused connections
    open for longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectionSettings:
    """The `[protection]` table: settings for production that a temporary environment does not need."""

    deletion_protection: bool
    """True if AWS refuses to delete a load balancer, and S3 a bucket that still holds access logs. Log groups then
    outlive their service, and Terraform refuses to destroy the key of the logs with its deployment."""
    locked_default_security_group: bool
    """True if the default security group, which AWS creates with every VPC and no resource uses, loses its rules."""
    log_key: bool
    """True if CloudWatch encrypts logs with the deployment's own key, rotated every year, instead of AWS's key."""
    web_acl_arn: str | None = None
    """The AWS WAF web ACL that is associated with every load balancer. It must be regional and in the same account and
    region, and is created elsewhere, as its rules concern the whole account. None: no web ACL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficLogSettings:
    """The `[traffic_logs]` table: logs of requests and connections, in addition to the services' own logs."""

    access_log_days: int
    """The days that S3 keeps each load balancer's access logs; 0 for no access logs."""
    flow_logs: bool
    """True if the connections in every VPC are logged to CloudWatch, which keeps them `tasks.log_retention_days`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """One file of `environments`, after its check."""

    project: str
    """The project's name, with which every physical name begins; set in `cdktf.json`, not in the environment's file."""
    name: str
    """The name of its file, without `.toml`."""
    account_id: str
    """Twelve digits; the provider refuses credentials of any other account."""
    region: str
    """The AWS region, such as eu-west-1."""
    zone_name: str
    """The existing public hosted zone in which deployments get their subdomain."""
    state_bucket: str
    """The S3 bucket of the Terraform states."""
    force_delete_repositories: bool
    """True if destroying an image repository also deletes its images."""
    network: NetworkSettings
    tasks: TaskSettings
    timing: TimingSettings
    protection: ProtectionSettings
    traffic_logs: TrafficLogSettings
    images: Mapping[str, str]
    """The tag or the digest of each image that services run, by image name; pins of the environment's file included."""
    migration: Mapping[str, MigrationSettings] = field(default_factory=dict)
    """The migration settings of each deployment that declares a migration, by deployment name."""
    accepted_warnings: Mapping[str, str] = field(default_factory=dict)
    """Warnings about the environment that are not reported: the reason of each, by code. docs/warnings.md lists the
    codes."""
    keys: frozenset[str] = field(default=frozenset(), compare=False, repr=False)
    """The dotted keys that its file sets ("tasks.desired_count"); all others have default values."""

    @property
    def registry(self) -> str:
        """The host of the registry with the environment's image repositories."""
        return naming.registry_host(account_id=self.account_id, region=self.region)

    @property
    def documentation_account(self) -> bool:
        """True if the account is from AWS's documentation: such an environment can be planned but not deployed."""
        return self.name != SANDBOX and self.account_id in aws_limits.DOCUMENTATION_ACCOUNT_IDS

    @property
    def tags(self) -> dict[str, str]:
        """The tags of everything in this environment."""
        return {"Project": self.project, "Environment": self.name}

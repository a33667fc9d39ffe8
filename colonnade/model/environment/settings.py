"""An environment: the account, region, domain and sizes that deployments are synthesized for.

Plain data, made from a TOML document by `document`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from colonnade.model import aws_limits, naming
from colonnade.model.migration.phases import MigrationSettings

SANDBOX = "sandbox"
"""The environment that the AWS emulator stands in for: the only one without an account of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSettings:
    """The `[network]` table."""

    vpc_cidr: str
    """The VPC's block, /16 to /28, in private address space."""
    availability_zone_count: int = 2
    """Zones used, 2 to 6; adding one later moves no subnet."""
    nat: Literal["single", "per_zone", "none"]
    """NAT gateways: one for all zones, one in each, or none, and then tasks reach nothing outside of the VPC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSettings:
    """The `[tasks]` table."""

    desired_count: int
    """Tasks per service, unless the service says otherwise."""
    capacity_provider: Literal["FARGATE", "FARGATE_SPOT"]
    log_retention_days: int
    """How long CloudWatch keeps logs; one of the values that it allows."""
    drain_seconds: int
    """How long a task keeps serving after SIGTERM; longer than a stale address can be in use."""
    stop_timeout_seconds: int
    """How long after SIGTERM a task is killed; longer than the drain, at most 120."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimingSettings:
    """The `[timing]` table."""

    health_check_interval_seconds: int
    health_check_timeout_seconds: int
    healthy_threshold: int
    """Checks in a row that a target must pass to be healthy again."""
    unhealthy_threshold: int
    """Checks in a row that a target must fail to be unhealthy."""
    health_check_grace_seconds: int
    """How long after a task's start its failed checks do not count."""
    deregistration_delay_seconds: int
    """How long a deregistered target may finish its requests."""
    steady_state_timeout_minutes: int
    """How long an apply waits for a service's tasks."""
    dns_ttl_seconds: int
    """How long an address from Cloud Map may be cached."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectionSettings:
    """The `[protection]` table: what production wants and a throw-away environment does not."""

    deletion_protection: bool
    """Whether AWS refuses to delete a load balancer, and S3 a bucket that still holds access logs."""
    locked_default_security_group: bool
    """Whether the security group that AWS makes with every VPC, and that nothing uses, loses its rules."""
    log_key: bool
    """Whether CloudWatch encrypts logs with a key of the deployment's own, renewed each year, instead of AWS's."""
    web_acl_arn: str | None = None
    """The AWS WAF web ACL that every load balancer is put behind: regional, of the same account and region, and made
    elsewhere, as its rules are a matter of the whole account. None: no web ACL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrafficLogSettings:
    """The `[traffic_logs]` table: what is written down of requests and connections, beside the services' own logs."""

    access_log_days: int
    """How long S3 keeps what each load balancer writes about every request; 0 writes nothing."""
    flow_logs: bool
    """Whether the connections in every VPC go to CloudWatch, to be kept for `tasks.log_retention_days`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """One file of `environments`, checked."""

    project: str
    """The project's name, with which every physical name begins; a setting of `cdktf.json`, not of the file."""
    name: str
    account_id: str
    """Twelve digits; the provider refuses credentials of any other account."""
    region: str
    zone_name: str
    """The public hosted zone in which deployments get their subdomain; it exists already."""
    state_bucket: str
    """The S3 bucket of the Terraform states."""
    force_delete_repositories: bool
    """Whether destroying an image repository deletes its images too."""
    network: NetworkSettings
    tasks: TaskSettings
    timing: TimingSettings
    protection: ProtectionSettings
    traffic_logs: TrafficLogSettings
    images: Mapping[str, str]
    """The tag or the digest of each image that services run, by image name; pins of the environment's file included."""
    migration: Mapping[str, MigrationSettings] = field(default_factory=dict)
    """How far each deployment that declares a migration is there, by deployment name."""
    keys: frozenset[str] = field(default=frozenset(), compare=False, repr=False)
    """The dotted keys that its file sets ("tasks.desired_count"); all others have their defaults."""

    @property
    def registry(self) -> str:
        """The host of the registry that has its image repositories."""
        return naming.registry_host(account_id=self.account_id, region=self.region)

    @property
    def documentation_account(self) -> bool:
        """Whether the account is one of AWS's documentation: such an environment is planned and never deployed."""
        return self.name != SANDBOX and self.account_id in aws_limits.DOCUMENTATION_ACCOUNT_IDS

    @property
    def tags(self) -> dict[str, str]:
        """The tags of everything in this environment."""
        return {"Project": self.project, "Environment": self.name}

"""The state of the AWS APIs at one moment, as frozen values: load balancing, ECS services, discovery services.

`control_plane.reader` creates a `Snapshot`, the only input from AWS for `tasks` and `data_plane`. No I/O, no boto3, no
moto. Terms and units are those of the APIs, with the unit in the name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthCheck:
    """The health check settings of a target group (elbv2 DescribeTargetGroups)."""

    path: str
    interval_seconds: int
    timeout_seconds: int
    healthy_threshold: int
    unhealthy_threshold: int
    matcher: str
    """The HTTP codes that pass, in the API's format: '200', '200,202' or '200-299'."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Target:
    """One registered address of a target group of type `ip`."""

    address: str
    port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetGroup:
    arn: str
    name: str
    deregistration_delay_seconds: int
    health_check: HealthCheck
    targets: tuple[Target, ...]
    """The registered targets. A deregistered target is removed at once; the data plane tracks its draining."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightedTargetGroup:
    target_group_arn: str
    weight: int
    """0 to 999. With 0 the group receives health checks and no requests."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForwardAction:
    target_groups: tuple[WeightedTargetGroup, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RedirectAction:
    """A redirect. Its fields may contain the API's placeholders: #{protocol} #{host} #{port} #{path} #{query}."""

    protocol: str
    host: str
    port: str
    path: str
    query: str
    status_code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedResponseAction:
    status_code: int
    content_type: str
    message_body: str


Action = ForwardAction | RedirectAction | FixedResponseAction


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One condition of a rule, true if any of its values matches."""

    field: Literal["path-pattern", "host-header"]
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerRule:
    arn: str
    priority: int | None
    """1 to 50000, lowest first; None is the listener's default rule, which has no conditions and comes last."""
    conditions: tuple[Condition, ...]
    action: Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    arn: str
    port: int
    protocol: Literal["HTTP", "HTTPS"]
    certificate_domains: tuple[str, ...]
    """Domain name and alternative names of the listener's ACM certificate; empty for HTTP."""
    rules: tuple[ListenerRule, ...]
    """Sorted by priority, the default rule last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadBalancer:
    arn: str
    name: str
    dns_name: str
    idle_timeout_seconds: int
    drop_invalid_header_fields: bool
    listeners: tuple[Listener, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """The one container of a task definition."""

    name: str
    image: str
    environment: Mapping[str, str]
    port: int
    stop_timeout_seconds: int
    secrets: Mapping[str, str] = field(default_factory=dict)
    """`valueFrom` by the variable's name: an ARN of Secrets Manager, or the name or ARN of a parameter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDefinition:
    arn: str
    container: Container
    task_role_arn: str = ""
    """Empty without a task role."""
    execution_role_arn: str = ""
    """Empty without an execution role."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLoadBalancer:
    """The target group and container port with which ECS registers a service's tasks."""

    target_group_arn: str
    container_port: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskNetwork:
    """The subnets and security groups of a service's tasks, sorted."""

    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()

    @classmethod
    def of(cls, configuration: Mapping[str, Any]) -> Self:
        """Return the network of a `networkConfiguration` in the format of the ECS API."""
        settings = configuration.get("awsvpcConfiguration", {})
        return cls(
            subnets=tuple(sorted(settings.get("subnets", []))),
            security_groups=tuple(sorted(settings.get("securityGroups", []))),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EcsService:
    arn: str
    name: str
    cluster_arn: str
    status: Literal["ACTIVE", "DRAINING", "INACTIVE"]
    task_definition: TaskDefinition
    desired_count: int
    minimum_healthy_percent: int
    maximum_percent: int
    circuit_breaker: bool
    circuit_breaker_rollback: bool
    health_check_grace_seconds: int
    load_balancers: tuple[ServiceLoadBalancer, ...]
    discovery_service_arns: tuple[str, ...]
    network: TaskNetwork = field(default_factory=TaskNetwork)


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscoveryService:
    """One Cloud Map service of a private DNS namespace: the name `{name}.{namespace}`."""

    id: str
    arn: str
    name: str
    namespace: str
    ttl_seconds: int
    addresses: tuple[str, ...]
    """AWS_INSTANCE_IPV4 of each registered instance, from DiscoverInstances."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    load_balancers: tuple[LoadBalancer, ...] = ()
    target_groups: Mapping[str, TargetGroup] = field(default_factory=dict)
    """By ARN."""
    services: tuple[EcsService, ...] = ()
    discovery_services: tuple[DiscoveryService, ...] = ()

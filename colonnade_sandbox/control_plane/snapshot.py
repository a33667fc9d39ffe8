"""The state of the AWS APIs at one moment, as frozen values: load balancing, ECS services, discovery services, network.

`control_plane.reader` creates a `Snapshot`, the only input from AWS for `tasks` and `data_plane`. No I/O, no boto3, no
moto. Terms and units are those of the APIs, with the unit in the name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from colonnade.security_groups.network import Network


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
    port: int | None = None
    """None: the port of the target, `traffic-port` in the API."""
    protocol: Literal["HTTP", "HTTPS"] = "HTTP"


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
    sticky_session_seconds: int | None = None
    """The duration of sticky sessions of type `lb_cookie`; None if they are disabled."""
    health_check: HealthCheck
    targets: tuple[Target, ...]
    """The registered targets. A deregistered target is not in it any more; the data plane tracks the draining."""


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
    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerHealthCheck:
    """The `healthCheck` of a container definition.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
    """

    command: tuple[str, ...]
    """The command to execute. For a CMD-SHELL check, it begins with the shell."""
    interval_seconds: int = 30
    timeout_seconds: int = 5
    retries: int = 3
    """The number of consecutive failures after which the container is unhealthy."""
    start_period_seconds: int = 0
    """The time after the start during which a failure does not count, unless a check has passed before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerDependency:
    """One entry of `dependsOn`: the condition that another container of the task must meet first."""

    container_name: str
    condition: Literal["START", "COMPLETE", "SUCCESS", "HEALTHY"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MountPoint:
    """One entry of `mountPoints`: an empty volume that the task's containers share."""

    volume: str
    path: str
    read_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tmpfs:
    """One entry of `linuxParameters.tmpfs`, of this container alone."""

    path: str
    size_mib: int
    read_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """One container of a task definition. The defaults are those of ECS on Fargate.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
    """

    name: str
    image: str
    environment: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    """`valueFrom` by the variable's name: an ARN of Secrets Manager, or the name or ARN of a parameter."""
    ports: tuple[int, ...] = ()
    stop_timeout_seconds: int = 30
    start_timeout_seconds: int | None = None
    """The time in which the container must meet the conditions of others; None for no limit."""
    essential: bool = True
    entry_point: tuple[str, ...] = ()
    """Replaces the image's entry point and its command; empty to keep them."""
    command: tuple[str, ...] = ()
    """Replaces the image's command; empty to keep it."""
    working_directory: str | None = None
    depends_on: tuple[ContainerDependency, ...] = ()
    health_check: ContainerHealthCheck | None = None
    log_stream_prefix: str | None = None
    """`awslogs-stream-prefix`; None without a log configuration."""
    log_group: str | None = None
    """`awslogs-group`; None without a log configuration."""
    read_only_root: bool = False
    mount_points: tuple[MountPoint, ...] = ()
    tmpfs: tuple[Tmpfs, ...] = ()
    init_process: bool = False
    ulimits: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Soft and hard limits by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDefinition:
    arn: str
    containers: tuple[Container, ...]
    task_role_arn: str = ""
    """Empty without a task role."""
    execution_role_arn: str = ""
    """Empty without an execution role."""

    @property
    def family(self) -> str:
        return self.arn.rsplit("/", 1)[-1].partition(":")[0]

    @property
    def main_container(self) -> Container:
        """The container that serves: the first essential one with a port, otherwise the first essential one."""
        essential = [container for container in self.containers if container.essential]
        return next((container for container in essential if container.ports), essential[0])

    @property
    def health_checks(self) -> bool:
        """True if an essential container has a health check, so that the task has a health status."""
        return any(container.essential and container.health_check is not None for container in self.containers)


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
    primary_deployment: str = ""
    """The id of the primary deployment in the API.

    If the scheduler has not seen this id, a request with `forceNewDeployment` has created the deployment.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscoveryService:
    """One Cloud Map service of a private DNS namespace: the name `{name}.{namespace}`."""

    id: str
    arn: str
    name: str
    namespace: str
    ttl_seconds: int
    addresses: tuple[str, ...]
    """AWS_INSTANCE_IPV4 of each registered instance that is HEALTHY, from DiscoverInstances."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    load_balancers: tuple[LoadBalancer, ...] = ()
    target_groups: Mapping[str, TargetGroup] = field(default_factory=dict)
    """By ARN."""
    services: tuple[EcsService, ...] = ()
    stop_requests: Mapping[str, str] = field(default_factory=dict)
    """The reasons of StopTask by task id, of tasks that have not stopped."""
    discovery_services: tuple[DiscoveryService, ...] = ()
    network: Network = field(default_factory=Network)

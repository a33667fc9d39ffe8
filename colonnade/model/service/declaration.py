"""One service of a deployment as declared: a name, a path prefix, a port, a size and the services that it calls.

Plain data; the rules are in `rules`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from colonnade.model.routing import path_pattern
from colonnade.model.service.container import Command, ContainerSettings, Sidecar
from colonnade.model.service.health_check import HealthCheck
from colonnade.model.service.permissions import Allow


@dataclass(frozen=True, slots=True, kw_only=True)
class Service(ContainerSettings):
    """A service: tasks that run one image. Clients reach them by a path prefix, other services by name.

    With a `path_prefix`, or as the service of the default action, the load balancer forwards to its tasks. With
    neither, it is an internal service: others call it, and it needs a `container_health_check`. With
    `container_port=None` it is a worker, which receives no connection.
    """

    name: str
    """The service's name in Cloud Map, ECS and the logs.

    Rule: lower-case letters, digits and single hyphens, a letter first; at most 63 characters.
    AWS: https://docs.aws.amazon.com/cloud-map/latest/api/API_CreateService.html
    Example: "orders"
    """
    path_prefix: str | None = None
    """The path prefix that the load balancer forwards to the service.

    '/orders' means '/orders' and '/orders/*'. None: the service receives requests only from the default action and from
    services that call it.

    Rule: begins with '/' and does not end with it; at most 126 characters; no wildcard, query or empty segment; not the
    prefix of another service.
    AWS: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html#path-conditions
    Example: "/orders"
    """
    container_port: int | None
    """The port that the container listens on. None: a worker. It listens on no port, has no name in the namespace, and
    its container does not get the variable PORT.

    Rule: 1 to 65535; None only without a path prefix, and if no service calls it.
    AWS: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PortMapping.html
    Example: 8080
    """
    cpu_units: int = 256
    """The CPU of a task; 1024 units are one vCPU.

    Rule: 256, 512, 1024, 2048, 4096, 8192 or 16384, in a pair that Fargate allows with `memory_mib`.
    AWS: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size
    Example: 512
    """
    memory_mib: int = 512
    """The memory of a task.

    Rule: a size that Fargate allows with `cpu_units`; with 256 units 512, 1024 or 2048.
    AWS: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html#fargate-tasks-size
    Example: 1024
    """
    architecture: Literal["X86_64", "ARM64"] = "X86_64"
    """The CPU architecture of the service's tasks and of its image.

    Rule: `X86_64` or `ARM64`.
    AWS: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RuntimePlatform.html
    Example: "ARM64"
    """
    image_name: str | None = None
    """The last part of the name of its image repository.

    None: the service's name. The deployments of an environment share the repositories.

    Rule: lower-case letters, digits and single hyphens, a letter first; at most 63 characters.
    AWS: https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
    Example: "orders-api"
    """
    public_image: str | None = None
    """Registry and path of a public image, without a tag; no repository is created for it.

    Rule: a registry's domain and a path, without tag or digest. Not a private ECR registry.
    AWS: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
    Example: "public.ecr.aws/nginx/nginx"
    """
    calls: tuple[str, ...] = ()
    """The services of the same deployment that the service may call.

    The variable {NAME}_URL contains the URL of each called service. SERVICE_URL contains the URL of the first one.

    Rule: declared services, each once; the deployment has a namespace.
    AWS: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-discovery.html
    Example: ("inventory", "users")
    """
    connections: tuple[str, ...] = ()
    """The names of databases, caches, mail relays and other hosts outside of the deployment that the service connects
    to.

    Each environment sets their host, port, and security group or address block in
    `[deployments.NAME.connections.NAME]`.

    Rule: lower-case letters, digits and single hyphens, a letter first; each once.
    AWS: https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
    Example: ("orders-db",)
    """
    rule_priority: int | None = None
    """The priority of the service's listener rule. None: computed from the prefix, which is recommended. Set a number
    only if the computed one is refused.

    Rule: 1 to 50000; no other service has the same one.
    AWS: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateRule.html
    Example: 1000
    """
    health_check_path: str = "/health"
    """The path of the load balancer's health check, requested from each task.

    Rule: begins with '/'; 1 to 1024 visible ASCII characters.
    AWS: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
    Example: "/orders/health"
    """
    health_check_matcher: str = "200"
    """The HTTP status codes of a healthy task.

    Rule: codes and ranges of codes from 200 to 499, with commas between them.
    AWS: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_Matcher.html
    Example: "200-299"
    """
    health_check_port: int | None = None
    """The port of the load balancer's health check. None: the container port.

    Rule: 1 to 65535; not the container port.
    AWS: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
    Example: 9000
    """
    health_check_protocol: Literal["HTTP", "HTTPS"] = "HTTP"
    """The protocol of the load balancer's health check. The load balancer does not verify the task's certificate.

    Rule: `HTTP` or `HTTPS`.
    AWS: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
    Example: "HTTPS"
    """
    health_check: HealthCheck | None = None
    """The timing and thresholds of the load balancer's health check. None: those of the environment's `[timing]`.

    Rule: a `HealthCheck`.
    AWS: https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html
    Example: HealthCheck(interval_seconds=10, timeout_seconds=5, healthy_threshold=2, unhealthy_threshold=3)
    """
    sticky_session_seconds: int | None = None
    """The time for which the load balancer sends a client's requests to the same task, by a cookie that it renews with
    each response.

    None: each request goes to any healthy task.

    Rule: 1 to 604800, for a service behind the load balancer; not for a service of a migration, because clients with
    cookies would distort its percentages.
    AWS: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/sticky-sessions.html
    Example: 3600
    """
    desired_count: int | None = None
    """The number of tasks. None: the environment's `desired_count`.

    Rule: 0 to 5000.
    AWS: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
    Example: 3
    """
    capacity: Mapping[str, int] = field(default_factory=dict, hash=False)
    """The capacity providers of its tasks, each with its weight: of every four tasks, FARGATE runs one and FARGATE_SPOT
    three with the weights of the example.

    Empty: the environment's `tasks.capacity_provider`. If it is set, every update of the service starts new tasks, even
    an update of `desired_count` alone. It remains so after it is removed.

    Rule: FARGATE and FARGATE_SPOT, with weights of 0 to 1000, not all of them 0.
    AWS: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html
    Example: {"FARGATE": 1, "FARGATE_SPOT": 3}
    """
    capacity_base: int = 0
    """The number of tasks that run on FARGATE before the weights of `capacity` apply.

    Rule: 0 to 100000; `capacity` has FARGATE.
    AWS: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html
    Example: 2
    """
    health_check_grace_seconds: int | None = None
    """The time after a task starts in which failed health checks are ignored.

    None: the environment's `timing.health_check_grace_seconds`. For a service without a load balancer, set
    `ContainerHealthCheck.start_period_seconds` instead.

    Rule: 0 to 2147483647.
    AWS: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateService.html
    Example: 120
    """
    ephemeral_storage_gib: int | None = None
    """The ephemeral storage of a task. None: the 20 GiB of Fargate.

    Rule: 21 to 200.
    AWS: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_EphemeralStorage.html
    Example: 50
    """
    permissions: tuple[Allow, ...] = ()
    """The actions that the task role may take in AWS. Empty: none.

    Rule: `Allow`s.
    AWS: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
    Example: (Allow(actions=("s3:GetObject",), resources=("arn:aws:s3:::acme-invoices/*",)),)
    """
    before_start: Command | None = None
    """A command that runs in every new task and must end with exit code 0 before the service's container starts.

    It runs with the service's image, variables, secrets and writable paths. If it fails, the ECS deployment fails and
    is rolled back.

    Rule: a `Command`.
    AWS: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html
    Example: Command(("alembic", "upgrade", "head"))
    """
    sidecars: tuple[Sidecar, ...] = ()
    """Other containers in every task of the service.

    Rule: `Sidecar`s with different names and ports; with the service's container and `before_start` at most ten.
    AWS: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
    Example: (Sidecar(name="metrics", image="metrics", container_port=9090),)
    """
    accepted_warnings: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Warnings about the service that are not reported: by code, the reason.

    Rule: a code of docs/warnings.md and a reason that is not empty.
    Example: {"read-only-root": "it writes to a volume"}
    """

    @property
    def with_sidecars(self) -> tuple[Service | Sidecar, ...]:
        """The service itself and its sidecars: everything that runs an image."""
        return (self, *self.sidecars)

    @property
    def image(self) -> str:
        """The name of the image that it runs, which is its key in the environment's `[images]`.

        For a public image, the name is its registry and path, because other images may have the same last part.
        """
        if self.public_image is not None:
            return self.public_image
        return self.image_name if self.image_name is not None else self.name

    @property
    def path_patterns(self) -> tuple[str, ...]:
        """The values of its listener rule's path condition; empty if it has no rule."""
        return path_pattern.path_patterns(self.path_prefix) if self.path_prefix is not None else ()

"""One service of a deployment as declared: a name, a path prefix, a port, a size and the services that it calls.

Plain data; the rules are in `rules`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from colonnade.model.declared import Declared
from colonnade.model.routing import path_pattern
from colonnade.model.service.health_check import HealthCheck


@dataclass(frozen=True, slots=True, kw_only=True)
class Service(Declared):
    """A service: tasks of one image behind one target group."""

    name: str
    """Its name in Cloud Map, ECS and the logs: lower-case letters, digits and single hyphens, at most 63 characters."""
    path_prefix: str | None = None
    """The paths that are routed to it: '/orders' stands for '/orders' and '/orders/*'. None: it gets only the requests
    that the default action forwards to it."""
    container_port: int
    """The port that its container listens on, 1 to 65535."""
    cpu_units: int = 256
    """1024 units are one vCPU; Fargate allows only certain pairs with `memory_mib`."""
    memory_mib: int = 512
    """The memory of a task in MiB. Fargate allows only certain pairs with `cpu_units`."""
    architecture: Literal["X86_64", "ARM64"] = "X86_64"
    """The CPU architecture of its tasks and of its image."""
    image_name: str | None = None
    """The last part of its image repository's name. None: the service's name. The deployments of an environment share
    images."""
    public_image: str | None = None
    """Registry and path of a public image, without a tag; no repository is created for it."""
    calls: tuple[str, ...] = ()
    """Services of the same deployment that it may call: {NAME}_URL has the URL of each, SERVICE_URL of the first."""
    rule_priority: int | None = None
    """Its listener rule's priority, 1 to 50000. None (recommended): computed from the prefix; set a number only if the
    computed one is refused."""
    health_check_path: str = "/health"
    """The path of the load balancer's health check, requested from each task on the container port."""
    health_check: HealthCheck | None = None
    """The timing and thresholds of its health check. None: those of the environment's `[timing]`."""
    desired_count: int | None = None
    """The number of tasks. None: the environment's `desired_count`."""
    read_only_root_filesystem: bool = True
    """True: its container cannot write to its root file system."""
    accepted_warnings: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Warnings about it that are not reported: the reason of each, by code. docs/warnings.md lists the codes."""

    @property
    def image(self) -> str:
        """The name of the image that it runs, which is its key in the environment's `[images]`."""
        if self.public_image is not None:
            return self.public_image.rpartition("/")[2]
        return self.image_name if self.image_name is not None else self.name

    @property
    def path_patterns(self) -> tuple[str, ...]:
        """The values of its listener rule's path condition; empty if it has no rule."""
        return path_pattern.path_patterns(self.path_prefix) if self.path_prefix is not None else ()

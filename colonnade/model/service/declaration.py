"""One service of a deployment, as its author declares it: a name, a path prefix, a port, a size and whom it calls.

Plain data; the rules are in `rules`.
"""

from __future__ import annotations

from dataclasses import dataclass
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
    """The paths that it gets: '/orders' is routed as '/orders' and '/orders/*'. None: only what the default action
    forwards to it."""
    container_port: int
    """The port that its container listens on, 1 to 65535."""
    cpu_units: int = 256
    """1024 are one virtual CPU; Fargate allows certain pairs with `memory_mib` only."""
    memory_mib: int = 512
    architecture: Literal["X86_64", "ARM64"] = "X86_64"
    image_name: str | None = None
    """The end of its image repository's name. None: the service's name. An environment's deployments share images."""
    public_image: str | None = None
    """Registry and path of an image that anybody may pull, without a tag: then no repository is made for it."""
    calls: tuple[str, ...] = ()
    """Services of the same deployment that it may call: the first becomes SERVICE_URL, each further one {NAME}_URL."""
    rule_priority: int | None = None
    """Its listener rule's priority, 1 to 50000. None: computed from the prefix, which is best unless it is refused."""
    health_check_path: str = "/health"
    """The path that the load balancer asks its tasks, straight on the container port."""
    health_check: HealthCheck | None = None
    """How it is judged by the answers. None: by the environment's `[timing]`."""
    desired_count: int | None = None
    """How many tasks. None: the environment's."""
    read_only_root_filesystem: bool = True

    @property
    def image(self) -> str:
        """The name of the image that it runs, which is its key in the environment's `[images]`."""
        if self.public_image is not None:
            return self.public_image.rpartition("/")[2]
        return self.image_name if self.image_name is not None else self.name

    @property
    def path_patterns(self) -> tuple[str, ...]:
        """The values of its listener rule's path condition; none where it has no rule."""
        return path_pattern.path_patterns(self.path_prefix) if self.path_prefix is not None else ()

"""One service of a deployment, as its author declares it: a name, a path prefix, a port, a size and whom it calls.

Plain data, imported by `deployments` and everything that builds on it; the rules are in `service_rules`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from modules.spec import path_pattern


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSpec:
    """A service: tasks of one image behind one listener rule and one name in Cloud Map."""

    name: str
    """Its name in Cloud Map, ECS and the logs: lower-case letters, digits and single hyphens, at most 63 characters."""
    path_prefix: str
    """The paths that it gets: '/orders' is routed as '/orders' and '/orders/*'."""
    container_port: int
    """The port that its container listens on, 1 to 65535."""
    cpu_units: int = 256
    """1024 are one virtual CPU; Fargate allows certain pairs with `memory_mib` only."""
    memory_mib: int = 512
    architecture: Literal["X86_64", "ARM64"] = "X86_64"
    calls: tuple[str, ...] = ()
    """Services of the same deployment that it may call: the first becomes SERVICE_URL, each further one {NAME}_URL."""
    rule_priority: int | None = None
    """Its listener rule's priority, 1 to 50000. None: computed from the prefix, which is best unless it is refused."""
    health_check_path: str = "/health"
    """The path that the load balancer asks its tasks, straight on the container port."""
    desired_count: int | None = None
    """How many tasks. None: the environment's."""
    read_only_root_filesystem: bool = True

    @property
    def image(self) -> str:
        """The image that it runs: the end of its repository's name and its key in the environment's `[images]`."""
        return self.name

    @property
    def path_patterns(self) -> tuple[str, ...]:
        """The values of its listener rule's path condition."""
        return path_pattern.path_patterns(self.path_prefix)

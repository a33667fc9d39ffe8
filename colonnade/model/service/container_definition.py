"""The containers of a task -> the JSON of their definitions, deterministic and in the format of ECS.

Every field that has a default in ECS is set explicitly. AWS then returns the same definition, and a second plan is
empty. Pure. The container contract is defined here: PORT, HOST, PATH_PREFIX, DRAIN_SECONDS and the URLs of the called
services.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from colonnade.model.service.container import ContainerHealthCheck

FIRST_URL = "SERVICE_URL"
"""The variable for the URL of the first callee."""
CONTRACT = frozenset({"PORT", "HOST", "PATH_PREFIX", "DRAIN_SECONDS", FIRST_URL})
"""The variables that a service's container has, apart from the URLs of its callees; a worker has no PORT."""
BEFORE_START = "before-start"
"""The name of the container that must end with exit code 0 before the service's container starts."""
_LOG_BUFFER = "25m"
"""The buffer of log lines in a task's memory. AWS's tests recommend 25 MB:
https://aws.amazon.com/blogs/containers/preventing-log-loss-with-non-blocking-mode-in-the-awslogs-container-log-driver/"""

Condition = Literal["START", "SUCCESS", "HEALTHY"]
"""https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """One container of a task, with every value of its definition."""

    name: str
    image: str
    """The image with its tag or digest."""
    container_port: int | None = None
    essential: bool = True
    entry_point: tuple[str, ...] = ()
    """Empty: the image's entry point. An empty `command` is the image's command."""
    command: tuple[str, ...] = ()
    working_directory: str | None = None
    user: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    """`valueFrom` by the name of the variable."""
    depends_on: Mapping[str, Condition] = field(default_factory=dict)
    """Other containers of the task, each with the state that it must have before this one starts."""
    health_check: ContainerHealthCheck | None = None
    read_only_root_filesystem: bool = True
    writable_volumes: Mapping[str, str] = field(default_factory=dict)
    """The path at which each volume of the task is mounted, by the volume's name."""
    tmpfs_mib: Mapping[str, int] = field(default_factory=dict)
    init_process: bool = False
    open_files_limit: int | None = None
    stop_timeout_seconds: int = 30


def container_definitions(containers: Sequence[Container], *, log_group_name: str, region: str) -> str:
    """Return the JSON of an array with the definition of each container, with sorted keys.

    The log streams of all containers begin with the name of the first one.
    """
    log_options = {
        "awslogs-group": log_group_name,
        "awslogs-region": region,
        "awslogs-stream-prefix": containers[0].name,
        # A container that cannot write its logs keeps serving. When the buffer is full, log lines are dropped.
        "mode": "non-blocking",
        "max-buffer-size": _LOG_BUFFER,
    }
    logs = {"logDriver": "awslogs", "options": log_options}
    found = [{**_definition(each), **_optional(each), "logConfiguration": logs} for each in containers]
    return json.dumps(found, sort_keys=True)


def volumes(containers: Sequence[Container]) -> tuple[str, ...]:
    """Return the names of the volumes that the containers mount."""
    return tuple(dict.fromkeys(name for each in containers for name in each.writable_volumes))


def _definition(container: Container) -> dict[str, Any]:
    """Return the fields that every definition has."""
    port = container.container_port
    ports = [{"containerPort": port, "hostPort": port, "protocol": "tcp"}] if port is not None else []
    return {
        "name": container.name,
        "image": container.image,
        "essential": container.essential,
        "cpu": 0,
        "environment": [{"name": name, "value": value} for name, value in sorted(container.variables.items())],
        "portMappings": ports,
        "mountPoints": [
            {"sourceVolume": volume, "containerPath": path, "readOnly": False}
            for volume, path in container.writable_volumes.items()
        ],
        "readonlyRootFilesystem": container.read_only_root_filesystem,
        "stopTimeout": container.stop_timeout_seconds,
        "systemControls": [],
        "volumesFrom": [],
    }


def _optional(container: Container) -> dict[str, Any]:
    """Return the fields that ECS omits from a definition if they are not set."""
    limit, check = container.open_files_limit, container.health_check
    secrets, depended = sorted(container.secrets.items()), container.depends_on.items()
    found = {
        "entryPoint": list(container.entry_point),
        "command": list(container.command),
        "workingDirectory": container.working_directory,
        "user": container.user,
        "secrets": [{"name": name, "valueFrom": source} for name, source in secrets],
        "dependsOn": [{"containerName": name, "condition": condition} for name, condition in depended],
        "healthCheck": _health_check(check) if check is not None else None,
        "ulimits": [{"name": "nofile", "softLimit": limit, "hardLimit": limit}] if limit is not None else None,
        "linuxParameters": _linux_parameters(container),
    }
    return {name: value for name, value in found.items() if value}


def _health_check(check: ContainerHealthCheck) -> dict[str, Any]:
    return {
        "command": ["CMD", *check.command],
        "interval": check.interval_seconds,
        "timeout": check.timeout_seconds,
        "retries": check.retries,
        # ECS omits a start period of 0.
        **({"startPeriod": check.start_period_seconds} if check.start_period_seconds else {}),
    }


def _linux_parameters(container: Container) -> dict[str, Any]:
    tmpfs = [{"containerPath": path, "size": size} for path, size in container.tmpfs_mib.items()]
    init = {"initProcessEnabled": True} if container.init_process else {}
    return {**init, **({"tmpfs": tmpfs} if tmpfs else {})}


def url_variables(callee: str, *, first: bool) -> tuple[str, ...]:
    """Return the variables for a callee's URL: {NAME}_URL, and SERVICE_URL too for the first."""
    own = f"{callee.replace('-', '_').upper()}_URL"
    return (own, FIRST_URL) if first else (own,)

"""The definition of a task's one container, as deterministic JSON in the format of ECS.

Every field that ECS would fill with a default is set explicitly, so that AWS returns the declared definition and a
second plan is empty. Pure. The container contract is defined here: PORT, HOST, PATH_PREFIX, DRAIN_SECONDS and the URLs
of the called services.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from colonnade.model import naming
from colonnade.model.environment.settings import Environment
from colonnade.model.images.rules import image_reference
from colonnade.model.service.declaration import Service

_ALL_INTERFACES = "0.0.0.0"  # noqa: S104 - a task has a network interface of its own

FIRST_URL = "SERVICE_URL"
"""The variable for the URL of the first callee."""
_LOG_BUFFER = "25m"
"""The buffer of log lines in a task's memory. AWS's tests recommend 25 MB:
https://aws.amazon.com/blogs/containers/preventing-log-loss-with-non-blocking-mode-in-the-awslogs-container-log-driver/"""


def one_container(
    *,
    name: str,
    image: str,
    container_port: int,
    variables: Mapping[str, str],
    log_group_name: str,
    region: str,
    read_only_root_filesystem: bool,
    stop_timeout_seconds: int,
) -> str:
    """Return the JSON of an array with one container definition, with sorted keys."""
    log_options = {
        "awslogs-group": log_group_name,
        "awslogs-region": region,
        "awslogs-stream-prefix": name,
        # A container that cannot write its logs goes on serving; beyond the buffer, lines are dropped.
        "mode": "non-blocking",
        "max-buffer-size": _LOG_BUFFER,
    }
    container = {
        "name": name,
        "image": image,
        "essential": True,
        "cpu": 0,
        "environment": [{"name": variable, "value": variables[variable]} for variable in sorted(variables)],
        "portMappings": [{"containerPort": container_port, "hostPort": container_port, "protocol": "tcp"}],
        "logConfiguration": {"logDriver": "awslogs", "options": log_options},
        "mountPoints": [],
        "readonlyRootFilesystem": read_only_root_filesystem,
        "stopTimeout": stop_timeout_seconds,
        "systemControls": [],
        "volumesFrom": [],
    }
    return json.dumps([container], sort_keys=True)


def environment_variables(
    service: Service, *, callees: Sequence[Service], namespace: str | None, drain_seconds: int
) -> dict[str, str]:
    """Return the container's environment variables; PATH_PREFIX is set even when it is empty."""
    urls = {
        variable: f"http://{callee.name}.{namespace}:{callee.container_port}"
        for position, callee in enumerate(callees)
        for variable in url_variables(callee.name, first=position == 0)
    }
    return {
        "PORT": str(service.container_port),
        "HOST": _ALL_INTERFACES,
        "PATH_PREFIX": service.path_prefix if service.path_prefix is not None else "",
        "DRAIN_SECONDS": str(drain_seconds),
        **urls,
    }


def image(service: Service, environment: Environment) -> str:
    """Return the image that the service runs in the environment, with its tag or digest."""
    return image_reference(image_repository(service, environment), environment.images[service.image])


def image_repository(service: Service, environment: Environment) -> str:
    """Return the image without tag or digest: a path in a public registry, or the environment's own repository."""
    if service.public_image is not None:
        return service.public_image
    return naming.repository_url(
        account_id=environment.account_id,
        region=environment.region,
        repository=naming.repository_name(environment.project, environment.name, service.image),
    )


def url_variables(callee: str, *, first: bool) -> tuple[str, ...]:
    """Return the variables for a callee's URL: {NAME}_URL, and SERVICE_URL too for the first."""
    own = f"{callee.replace('-', '_').upper()}_URL"
    return (own, FIRST_URL) if first else (own,)

"""A task's one container as ECS wants it: plain data whose JSON text is the same for the same input.

Every field that ECS would fill in by itself is written out, so that what AWS returns equals what was declared and a
second plan is empty. Pure. The container contract is here: PORT, HOST, PATH_PREFIX, DRAIN_SECONDS and the URLs of the
services that it calls.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from colonnade.model import naming
from colonnade.model.environment.settings import Environment
from colonnade.model.images.rules import image_reference
from colonnade.model.service.declaration import Service

_ALL_INTERFACES = "0.0.0.0"  # noqa: S104 - a task has a network interface of its own


def container_definitions(
    service: Service,
    *,
    callees: Sequence[Service],
    deployment: str,
    namespace: str | None,
    environment: Environment,
) -> str:
    """The JSON text for a task definition's `container_definitions`: an array of the one container, keys sorted."""
    variables = environment_variables(
        service, callees=callees, namespace=namespace, drain_seconds=environment.tasks.drain_seconds
    )
    container = {
        "name": service.name,
        "image": image_reference(_repository(service, environment), environment.images[service.image]),
        "essential": True,
        "cpu": 0,
        "environment": [{"name": name, "value": variables[name]} for name in sorted(variables)],
        "portMappings": [
            {"containerPort": service.container_port, "hostPort": service.container_port, "protocol": "tcp"}
        ],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": naming.log_group_name(environment.project, environment.name, deployment, service.name),
                "awslogs-region": environment.region,
                "awslogs-stream-prefix": service.name,
            },
        },
        "mountPoints": [],
        "readonlyRootFilesystem": service.read_only_root_filesystem,
        "stopTimeout": environment.tasks.stop_timeout_seconds,
        "systemControls": [],
        "volumesFrom": [],
    }
    return json.dumps([container], sort_keys=True)


def environment_variables(
    service: Service, *, callees: Sequence[Service], namespace: str | None, drain_seconds: int
) -> dict[str, str]:
    """What the container learns from its environment; PATH_PREFIX is set even when it is empty."""
    urls = {
        url_variable(callee.name, first=position == 0): f"http://{callee.name}.{namespace}:{callee.container_port}"
        for position, callee in enumerate(callees)
    }
    return {
        "PORT": str(service.container_port),
        "HOST": _ALL_INTERFACES,
        "PATH_PREFIX": service.path_prefix if service.path_prefix is not None else "",
        "DRAIN_SECONDS": str(drain_seconds),
        **urls,
    }


def _repository(service: Service, environment: Environment) -> str:
    """What stands before the tag or the digest: a public registry's path, or the environment's own repository."""
    if service.public_image is not None:
        return service.public_image
    return naming.repository_url(
        account_id=environment.account_id,
        region=environment.region,
        repository=naming.repository_name(environment.project, environment.name, service.image),
    )


def url_variable(callee: str, *, first: bool) -> str:
    """The variable that holds a callee's URL: SERVICE_URL for the first, {NAME}_URL for each further one."""
    return "SERVICE_URL" if first else f"{callee.replace('-', '_').upper()}_URL"

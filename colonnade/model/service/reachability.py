"""The rules for how a service is reached: by the load balancer, by other services only, or not at all.

    routed      a path prefix, or the default action     target group and listener rule
    internal    a container port, and services that call it     its name in the namespace
    worker      no container port     nothing

Pure.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator

from colonnade.model.errors import Fault
from colonnade.model.service.declaration import Service
from colonnade.model.shape import ShapedDeployment

Knows = Callable[..., bool]

_CHECK_FIELDS = (
    "health_check_path",
    "health_check_matcher",
    "health_check_port",
    "health_check_protocol",
    "health_check",
    "health_check_grace_seconds",
)
"""The fields that only the load balancer's health check uses."""
_DEFAULTS = {field.name: field.default for field in dataclasses.fields(Service)}


def reachability_faults(service: Service, deployment: ShapedDeployment, knows: Knows) -> Iterator[Fault]:
    """Yield the faults of a service whose name, path prefix and container port are known."""
    if not deployment.knows("default_action.service"):
        return
    if deployment.value.forwards_to(service):
        yield from _routed_faults(service)
    elif service.container_port is None:
        yield from _effectless_faults(service, knows)
    else:
        yield from _internal_faults(service, deployment, knows)


def callee_faults(service: Service, deployment: ShapedDeployment) -> Iterator[Fault]:
    """Yield a fault for each worker that the service calls."""
    workers = [each.name for each in deployment.services_with("name", "container_port") if each.container_port is None]
    for callee in dict.fromkeys(each for each in service.calls if each in workers):
        yield Fault(
            f"calls {callee!r}, a worker: without a container_port it listens on no port",
            f"give {callee!r} a container_port, or remove it from the calls",
        )


def _routed_faults(service: Service) -> Iterator[Fault]:
    if service.container_port is not None:
        return
    if service.path_prefix is not None:
        yield Fault(
            f"has path prefix {service.path_prefix!r} and no container_port: it could not receive a request",
            "give it a container_port, or remove the path prefix if it is a worker",
        )
    else:
        yield Fault(
            "is the default action's service and has no container_port: it could not receive a request",
            "give it a container_port, or the deployment another default action",
        )


def _internal_faults(service: Service, deployment: ShapedDeployment, knows: Knows) -> Iterator[Fault]:
    known = deployment.services_with("name", "calls")
    callers = [each.name for each in known if service.name in each.calls and each.name != service.name]
    if callers:
        yield from _effectless_faults(service, knows)
    elif deployment.knows("services") and len(known) == len(deployment.services):
        yield Fault(
            "has a container_port, but no path prefix, is not the default action's service, and no service calls it: "
            "it would never receive a request",
            "give it a path prefix, name it in the calls of a service, or declare container_port=None if it is a "
            "worker",
        )
    if callers and knows("container_health_check") and service.container_health_check is None:
        module = f"{service.name.replace('-', '_')}.health"
        yield Fault(
            f"is reached only by {' and '.join(map(repr, callers))}, and has no container health check: ECS would not "
            "notice that its tasks fail",
            "declare a command of its image that checks it, such as "
            f'container_health_check=ContainerHealthCheck(command=("python", "-m", "{module}"))',
        )


def _effectless_faults(service: Service, knows: Knows) -> Iterator[Fault]:
    """Yield a fault for each declared field of a load balancer health check, for a service that gets no such check."""
    for field in _CHECK_FIELDS:
        if knows(field) and getattr(service, field) != _DEFAULTS[field]:
            fix = "remove it; ECS checks the service by its container_health_check"
            if field == "health_check_grace_seconds":
                fix += ", which has start_period_seconds"
            yield Fault(f"{field} has no effect: the load balancer does not forward to the service", fix)

"""The rules that each service of a deployment keeps, alone and beside the others.

Priorities are `listener_priority`'s, the deployment's own fields `deployment_rules`'. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from colonnade.model import aws_limits, naming
from colonnade.model.declared_types import type_faults
from colonnade.model.deployment.declaration import Deployment, ForwardTo
from colonnade.model.errors import Fault, Problem, suggestion
from colonnade.model.routing.path_pattern import prefix_fault
from colonnade.model.service.container_definition import url_variable
from colonnade.model.service.declaration import Service
from colonnade.model.service.health_check import health_check_faults
from colonnade.model.service.task_size import task_size_fault


def service_problems(deployment: Deployment) -> Iterator[Problem]:
    """Everything that is wrong with the services, in their order; a later one is told of what an earlier one took."""
    earlier: list[Service] = []
    for service in deployment.services:
        faults = list(type_faults(service))
        if not faults:
            faults = list(_faults(service, earlier, deployment))
            earlier.append(service)
        yield from (fault.of("service", service.name) for fault in faults)


def readable(services: Sequence[Service]) -> tuple[Service, ...]:
    """The services whose fields have their declared types, which is what every further rule needs."""
    return tuple(service for service in services if not any(type_faults(service)))


def routable(services: Sequence[Service]) -> tuple[Service, ...]:
    """Of readable services, those whose name and prefix are right and their own, which is what a priority needs."""
    kept: dict[str, Service] = {}
    prefixes: set[str] = set()
    for service in services:
        new = service.name not in kept and service.path_prefix not in prefixes
        prefix = service.path_prefix
        if new and prefix is not None and prefix_fault(prefix) is None:
            kept[service.name] = service
            prefixes.add(prefix)
    return tuple(kept.values())


def _faults(service: Service, earlier: Sequence[Service], deployment: Deployment) -> Iterator[Fault]:
    yield from _name_faults(service, earlier)
    yield from _image_faults(service)
    if service.path_prefix is not None:
        yield from _prefix_faults(service.path_prefix, earlier)
    else:
        yield from _no_prefix_faults(service, deployment)
    least, most = aws_limits.CONTAINER_PORTS
    if not least <= service.container_port <= most:
        yield Fault(f"container port {service.container_port} is out of range", f"allowed: {least} to {most}")
    size = task_size_fault(service.cpu_units, service.memory_mib)
    if size is not None:
        yield size
    yield from _call_faults(service, deployment)
    yield from _health_check_path_faults(service.health_check_path)
    if service.health_check is not None:
        yield from health_check_faults(service.health_check)
    count = service.desired_count
    if count is not None and not 0 <= count <= aws_limits.TASKS_PER_SERVICE:
        yield Fault(f"desired count {count} is out of range", f"allowed: 0 to {aws_limits.TASKS_PER_SERVICE}")


def _name_faults(service: Service, earlier: Sequence[Service]) -> Iterator[Fault]:
    fault = naming.label_fault("name", service.name)
    if fault is not None:
        yield fault
    twin = next((other for other in earlier if other.name == service.name), None)
    if twin is not None:
        yield Fault(
            f"name {service.name!r} is taken by the service {_place(twin)}",
            f"give the service {_place(service)} a name of its own",
        )


def _place(service: Service) -> str:
    return f"at path prefix {service.path_prefix!r}" if service.path_prefix is not None else "without a path prefix"


def _image_faults(service: Service) -> Iterator[Fault]:
    public = service.public_image
    if public is not None and service.image_name is not None:
        yield Fault("has both an image_name and a public_image", "declare the one that it runs")
    if public is not None and not re.fullmatch(aws_limits.IMAGE_PATH, public):
        rule = "write the registry and the path, such as 'public.ecr.aws/nginx/nginx'; the environment gives the tag"
        yield Fault(f"public image {public!r} is not an image's registry and path", rule)
    elif public is not None and aws_limits.PRIVATE_REGISTRY in public:
        yield Fault(
            f"public image {public!r} is in a private registry, which its execution role may not pull from",
            "declare image_name, for a repository of the environment's own",
        )
    elif service.image != service.name:
        fault = naming.label_fault("image", service.image)
        if fault is not None:
            yield fault


def _no_prefix_faults(service: Service, deployment: Deployment) -> Iterator[Fault]:
    action = deployment.default_action
    if not isinstance(action, ForwardTo) or action.service != service.name:
        yield Fault(
            "has no path prefix and is not the default action's service, so it never gets a request",
            f"give it a path prefix, or the deployment `default_action=ForwardTo(service={service.name!r})`",
        )
    if service.rule_priority is not None:
        yield Fault(f"rule_priority {service.rule_priority} is for no rule: it has no path prefix", "remove it")


def _prefix_faults(prefix: str, earlier: Sequence[Service]) -> Iterator[Fault]:
    fault = prefix_fault(prefix)
    if fault is not None:
        yield fault
        return
    twin = next((other for other in earlier if other.path_prefix == prefix), None)
    if twin is not None:
        yield Fault(
            f"path prefix {prefix!r} is taken by service {twin.name!r}, so this one never gets a request",
            "use another prefix; one below it is allowed, and the longer one wins",
        )


def _call_faults(service: Service, deployment: Deployment) -> Iterator[Fault]:
    declared = [other.name for other in readable(deployment.services)]
    if service.calls and deployment.namespace is None:
        callees = ", ".join(map(repr, dict.fromkeys(service.calls)))
        yield Fault(f"calls {callees}, and the deployment has no namespace to find it in", "give the deployment one")
    for callee in dict.fromkeys(service.calls):
        if callee == service.name:
            yield Fault("calls itself", f"remove {callee!r} from its calls; a service reaches itself on localhost")
        elif callee not in declared:
            yield Fault(
                f"calls {callee!r}, which is not a declared service", suggestion(callee, declared, label="declared")
            )
        if service.calls.count(callee) > 1:
            yield Fault(f"calls {callee!r} {service.calls.count(callee)} times", "name each callee once")
    first, others = service.calls[:1], service.calls[1:]
    for callee in others:
        if callee not in first and url_variable(callee, first=False) == url_variable(first[0], first=True):
            yield Fault(
                f"calls {callee!r} after {first[0]!r}, and both would be {url_variable(callee, first=False)}",
                f"put {callee!r} first in its calls",
            )


def _health_check_path_faults(path: str) -> Iterator[Fault]:
    if not path.startswith("/") or len(path) > aws_limits.HEALTH_CHECK_PATH_LENGTH:
        least_and_most = f"1 to {aws_limits.HEALTH_CHECK_PATH_LENGTH} characters"
        yield Fault(f"health check path {path!r} is not a path", f"begin it with '/'; {least_and_most}")
    elif not path.isascii() or not path.isprintable() or " " in path:
        yield Fault(
            f"health check path {path!r} holds whitespace or a character that is not ASCII", "percent-encode it"
        )

"""The rules that each service of a deployment keeps, alone and beside the others.

Priorities are `listener_priority`'s, the deployment's own fields `deployment_rules`'. Pure; imported by
`checked_deployment`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from modules.spec import aws_limits, naming
from modules.spec.container_definition import url_variable
from modules.spec.declared_types import type_faults
from modules.spec.errors import Fault, Problem, suggestion
from modules.spec.path_pattern import prefix_fault
from modules.spec.service_spec import ServiceSpec
from modules.spec.task_size import task_size_fault


def service_problems(services: Sequence[ServiceSpec]) -> Iterator[Problem]:
    """Everything that is wrong with the services, in their order; a later one is told of what an earlier one took."""
    declared = [service.name for service in readable(services)]
    earlier: list[ServiceSpec] = []
    for service in services:
        faults = list(type_faults(service))
        if not faults:
            faults = list(_faults(service, earlier, declared))
            earlier.append(service)
        yield from (fault.of("service", service.name) for fault in faults)


def readable(services: Sequence[ServiceSpec]) -> tuple[ServiceSpec, ...]:
    """The services whose fields have their declared types, which is what every further rule needs."""
    return tuple(service for service in services if not any(type_faults(service)))


def routable(services: Sequence[ServiceSpec]) -> tuple[ServiceSpec, ...]:
    """Of readable services, those whose name and prefix are right and their own, which is what a priority needs."""
    kept: dict[str, ServiceSpec] = {}
    prefixes: set[str] = set()
    for service in services:
        new = service.name not in kept and service.path_prefix not in prefixes
        if new and prefix_fault(service.path_prefix) is None:
            kept[service.name] = service
            prefixes.add(service.path_prefix)
    return tuple(kept.values())


def _faults(service: ServiceSpec, earlier: Sequence[ServiceSpec], declared: Sequence[str]) -> Iterator[Fault]:
    yield from _name_faults(service, earlier)
    yield from _prefix_faults(service, earlier)
    least, most = aws_limits.CONTAINER_PORTS
    if not least <= service.container_port <= most:
        yield Fault(f"container port {service.container_port} is out of range", f"allowed: {least} to {most}")
    size = task_size_fault(service.cpu_units, service.memory_mib)
    if size is not None:
        yield size
    yield from _call_faults(service, declared)
    yield from _health_check_path_faults(service.health_check_path)
    count = service.desired_count
    if count is not None and not 0 <= count <= aws_limits.TASKS_PER_SERVICE:
        yield Fault(f"desired count {count} is out of range", f"allowed: 0 to {aws_limits.TASKS_PER_SERVICE}")


def _name_faults(service: ServiceSpec, earlier: Sequence[ServiceSpec]) -> Iterator[Fault]:
    fault = naming.label_fault("name", service.name)
    if fault is not None:
        yield fault
    twin = next((other for other in earlier if other.name == service.name), None)
    if twin is not None:
        yield Fault(
            f"name {service.name!r} is taken by the service at path prefix {twin.path_prefix!r}",
            f"give the service at {service.path_prefix!r} a name of its own",
        )


def _prefix_faults(service: ServiceSpec, earlier: Sequence[ServiceSpec]) -> Iterator[Fault]:
    fault = prefix_fault(service.path_prefix)
    if fault is not None:
        yield fault
        return
    twin = next((other for other in earlier if other.path_prefix == service.path_prefix), None)
    if twin is not None:
        yield Fault(
            f"path prefix {service.path_prefix!r} is taken by service {twin.name!r}, so this one never gets a request",
            "use another prefix; one below it is allowed, and the longer one wins",
        )


def _call_faults(service: ServiceSpec, declared: Sequence[str]) -> Iterator[Fault]:
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

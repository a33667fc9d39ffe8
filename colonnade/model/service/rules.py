"""The rules for each service of a deployment, alone and together with the other services.

Each rule lists the fields that it reads, and runs if all of them are known. The rules for priorities are in
`routing.listener_priority`, those for the deployment's own fields in `deployment.rules`. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from colonnade.model import aws_limits, naming
from colonnade.model.deployment.declaration import ForwardTo
from colonnade.model.errors import Fault, Problem, out_of_range, suggestion
from colonnade.model.images.rules import IMAGE_FIELDS, public_image_fault
from colonnade.model.routing.path_pattern import prefix_fault
from colonnade.model.service.container_definition import FIRST_URL, url_variables
from colonnade.model.service.container_rules import container_faults
from colonnade.model.service.declaration import Service
from colonnade.model.service.health_check import health_check_faults
from colonnade.model.service.task_size import task_size_fault
from colonnade.model.shape import Shaped, ShapedDeployment, place_of
from colonnade.model.warnings import acceptance_faults


@dataclass(frozen=True, slots=True, kw_only=True)
class _Context:
    """A service with the earlier services and the deployment that it is checked against."""

    shaped: Shaped[Service]
    earlier: Sequence[Shaped[Service]]
    deployment: ShapedDeployment

    def twin(self, field: str) -> Shaped[Service] | None:
        """Return the first earlier service with the same value of the field."""
        own = getattr(self.shaped.value, field)
        return next((each for each in self.earlier if each.knows(field) and getattr(each.value, field) == own), None)

    def takes_over(self, other: Shaped[Service]) -> bool:
        """Return whether one of the two takes over the path prefix of the other in the deployment's migration."""
        migration = self.deployment.value.migration
        if migration is None or not self.deployment.knows_all_of("migration"):
            return False
        names = [self.shaped.value.name, other.value.name]
        return migration.monolith in names and any(name in migration.microservices for name in names)


_Rule = Callable[[Service, _Context], Iterator[Fault]]


def service_problems(deployment: ShapedDeployment) -> Iterator[Problem]:
    """Yield the problems of the services, in their order; a value used twice is a problem of the later service."""
    for position, shaped in enumerate(deployment.services):
        yield from shaped.of_types()
        context = _Context(shaped=shaped, earlier=deployment.services[:position], deployment=deployment)
        for fields, rule in _RULES:
            if shaped.knows(*fields):
                yield from (shaped.problem(fault) for fault in rule(shaped.value, context))


def routable(services: Sequence[Service]) -> tuple[Service, ...]:
    """Return the services with a valid prefix, and without a name or prefix of an earlier service.

    The name, prefix and priority of each given service must be known.
    """
    kept: dict[str, Service] = {}
    prefixes: set[str] = set()
    for service in services:
        new = service.name not in kept and service.path_prefix not in prefixes
        prefix = service.path_prefix
        if new and prefix is not None and prefix_fault(prefix) is None:
            kept[service.name] = service
            prefixes.add(prefix)
    return tuple(kept.values())


def _name_faults(service: Service, context: _Context) -> Iterator[Fault]:
    fault = naming.label_fault("name", service.name)
    if fault is not None:
        yield fault
    twin = context.twin("name")
    if twin is not None:
        yield Fault(
            f"name {service.name!r} is taken by the service {_place(twin)}",
            f"give the service {_place(context.shaped)} a name of its own",
        )


def _name(service: Shaped[Service]) -> str:
    return repr(service.value.name) if service.knows("name") else f"at {place_of(service.value)}"


def _place(service: Shaped[Service]) -> str:
    if not service.knows("path_prefix"):
        return f"at {place_of(service.value)}"
    prefix = service.value.path_prefix
    return f"at path prefix {prefix!r}" if prefix is not None else "without a path prefix"


def _image_faults(service: Service, _: _Context) -> Iterator[Fault]:
    public = service.public_image
    if public is not None and service.image_name is not None:
        yield Fault("has both an image_name and a public_image", "declare the one that it runs")
    fault = None
    if public is not None:
        fault = public_image_fault(public)
    elif service.image != service.name:
        fault = naming.label_fault("image", service.image)
    if fault is not None:
        yield fault


def _prefix_faults(service: Service, context: _Context) -> Iterator[Fault]:
    prefix = service.path_prefix
    if prefix is None:
        return
    fault = prefix_fault(prefix)
    if fault is not None:
        yield fault
        return
    twin = context.twin("path_prefix")
    if twin is not None and not context.takes_over(twin):
        yield Fault(
            f"path prefix {prefix!r} is taken by service {_name(twin)}: no client's request would reach this one",
            "use another prefix; one below it is allowed, and the longer one wins",
        )


def _unreachable_faults(service: Service, context: _Context) -> Iterator[Fault]:
    if service.path_prefix is not None or not context.deployment.knows("default_action.service"):
        return
    action = context.deployment.value.default_action
    if not isinstance(action, ForwardTo) or action.service != service.name:
        yield Fault(
            "has no path prefix and is not the default action's service; ECS requires a listener that forwards to it",
            f"give it a path prefix, or the deployment `default_action=ForwardTo(service={service.name!r})`; both make "
            "it public: a service that only other services call cannot be declared",
        )


def _priority_faults(service: Service, _: _Context) -> Iterator[Fault]:
    if service.path_prefix is None and service.rule_priority is not None:
        yield Fault(
            f"rule_priority {service.rule_priority} has no effect: the service has no path prefix",
            "remove it",
        )


def _port_faults(service: Service, _: _Context) -> Iterator[Fault]:
    least, most = aws_limits.CONTAINER_PORTS
    if not least <= service.container_port <= most:
        yield out_of_range("container port", service.container_port, least, most)


def _cpu_faults(service: Service, context: _Context) -> Iterator[Fault]:
    known = service.cpu_units in aws_limits.FARGATE_MEMORY_MIB
    size = task_size_fault(service.cpu_units, service.memory_mib)
    if size is not None and (not known or context.shaped.knows("memory_mib")):
        yield size


def _call_faults(service: Service, context: _Context) -> Iterator[Fault]:
    deployment = context.deployment
    if service.calls and deployment.knows("namespace") and deployment.value.namespace is None:
        callees = ", ".join(map(repr, dict.fromkeys(service.calls)))
        yield Fault(
            f"calls {callees}, and the deployment has no namespace in which services find each other",
            "give the deployment a namespace",
        )
    for callee in dict.fromkeys(service.calls):
        if context.shaped.knows("name") and callee == service.name:
            yield Fault("calls itself", f"remove {callee!r} from its calls; a service reaches itself on localhost")
        elif deployment.complete and callee not in deployment.names:
            fix = suggestion(callee, deployment.names, label="declared", taken=(service.name, *service.calls))
            yield Fault(f"calls {callee!r}, which is not a declared service", fix)
        if service.calls.count(callee) > 1:
            yield Fault(f"calls {callee!r} {service.calls.count(callee)} times", "name each callee once")


def _url_variable_faults(service: Service, _: _Context) -> Iterator[Fault]:
    for callee in dict.fromkeys(service.calls):
        (variable,) = url_variables(callee, first=False)
        if variable == FIRST_URL and callee != service.calls[0]:
            yield Fault(
                f"calls {callee!r} after {service.calls[0]!r}, and the variable of both would be {FIRST_URL}",
                f"put {callee!r} first in its calls",
            )
        if variable.startswith(aws_limits.SDK_VARIABLE_START):
            yield Fault(
                f"calls {callee!r}, whose variable {variable} configures AWS SDKs in its container",
                f"rename service {callee!r}",
            )


def _health_check_path_faults(service: Service, _: _Context) -> Iterator[Fault]:
    path = service.health_check_path
    if not path.startswith("/") or len(path) > aws_limits.HEALTH_CHECK_PATH_LENGTH:
        least_and_most = f"1 to {aws_limits.HEALTH_CHECK_PATH_LENGTH} characters"
        yield Fault(f"health check path {path!r} is not a path", f"begin it with '/'; {least_and_most}")
    elif not path.isascii() or not path.isprintable() or " " in path:
        yield Fault(
            f"health check path {path!r} contains whitespace or a character that is not ASCII", "percent-encode it"
        )


def _health_check_faults(service: Service, context: _Context) -> Iterator[Fault]:
    if service.health_check is not None:
        yield from health_check_faults(service.health_check, context.shaped.knows)


def _count_faults(service: Service, _: _Context) -> Iterator[Fault]:
    count = service.desired_count
    if count is not None and not 0 <= count <= aws_limits.TASKS_PER_SERVICE:
        yield out_of_range("desired count", count, 0, aws_limits.TASKS_PER_SERVICE)


def _container_faults(service: Service, context: _Context) -> Iterator[Fault]:
    urls = frozenset(url_variables(callee, first=False)[0] for callee in service.calls)
    yield from container_faults(service, context.shaped.knows, urls if context.shaped.knows("calls") else frozenset())


def _acceptance_faults(service: Service, _: _Context) -> Iterator[Fault]:
    yield from acceptance_faults("service", service.accepted_warnings)


_RULES: tuple[tuple[tuple[str, ...], _Rule], ...] = (
    (("name",), _name_faults),
    (IMAGE_FIELDS, _image_faults),
    (("path_prefix", "name"), _prefix_faults),
    (("path_prefix", "name"), _unreachable_faults),
    (("path_prefix", "rule_priority"), _priority_faults),
    (("container_port",), _port_faults),
    (("cpu_units",), _cpu_faults),
    (("calls",), _call_faults),
    (("calls",), _url_variable_faults),
    (("health_check_path",), _health_check_path_faults),
    (("health_check",), _health_check_faults),
    (("desired_count",), _count_faults),
    ((), _container_faults),
    (("accepted_warnings",), _acceptance_faults),
)

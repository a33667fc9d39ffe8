"""The rules for each service of a deployment, alone and together with the other services.

Each rule lists the fields that it reads, and runs if all of them are known. The rules for priorities are in
`routing.listener_priority`, those for the deployment's own fields in `deployment.rules`. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from colonnade.model import aws_limits, naming
from colonnade.model.errors import Fault, Problem, out_of_range, suggestion
from colonnade.model.images.rules import IMAGE_FIELDS, public_image_fault
from colonnade.model.routing.path_pattern import prefix_fault
from colonnade.model.service.connections import declaration_faults
from colonnade.model.service.container_definition import FIRST_URL, url_variables
from colonnade.model.service.container_rules import container_faults
from colonnade.model.service.declaration import Service
from colonnade.model.service.health_check import health_check_faults
from colonnade.model.service.reachability import callee_faults, reachability_faults
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
        """Return True if the migration moves a path prefix from one of the two services to the other, so that both may
        have it."""
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
    """Return the services with a valid path prefix whose name and prefix no earlier service has.

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


def _reachability_faults(service: Service, context: _Context) -> Iterator[Fault]:
    yield from reachability_faults(service, context.deployment, context.shaped.knows)


def _priority_faults(service: Service, _: _Context) -> Iterator[Fault]:
    if service.path_prefix is None and service.rule_priority is not None:
        yield Fault(
            f"rule_priority {service.rule_priority} has no effect: the service has no path prefix",
            "remove it",
        )


def _port_faults(service: Service, _: _Context) -> Iterator[Fault]:
    port, (least, most) = service.container_port, aws_limits.CONTAINER_PORTS
    if port is not None and not least <= port <= most:
        yield out_of_range("container port", port, least, most)


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
    yield from callee_faults(service, deployment)


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


def _connection_faults(service: Service, _: _Context) -> Iterator[Fault]:
    yield from declaration_faults(service.connections)


def _health_check_faults(service: Service, context: _Context) -> Iterator[Fault]:
    yield from health_check_faults(service, context.shaped.knows)


def _sticky_session_faults(service: Service, context: _Context) -> Iterator[Fault]:
    seconds = service.sticky_session_seconds
    if seconds is None:
        return
    least, most = aws_limits.STICKY_SESSION_SECONDS
    if not least <= seconds <= most:
        yield out_of_range("sticky_session_seconds", seconds, least, most)
    if context.deployment.knows("default_action.service") and not context.deployment.value.forwards_to(service):
        yield Fault(
            f"sticky_session_seconds {seconds} has no effect: the load balancer does not forward to the service",
            "remove it, or give the service a path prefix",
        )
    migration = context.deployment.value.migration
    if migration is None or not context.deployment.knows_all_of("migration"):
        return
    # With sticky target groups, ELB requires stickiness of the listener rule too. A client would then stay on one
    # version. https://docs.aws.amazon.com/elasticloadbalancing/latest/application/sticky-sessions.html
    if service.name in (migration.monolith, *migration.microservices):
        yield Fault(
            f"sticky_session_seconds {seconds} has no place in a migration, whose percentages it would distort",
            "remove it until the migration is over",
        )


def _count_faults(service: Service, _: _Context) -> Iterator[Fault]:
    count = service.desired_count
    if count is not None and not 0 <= count <= aws_limits.TASKS_PER_SERVICE:
        yield out_of_range("desired count", count, 0, aws_limits.TASKS_PER_SERVICE)


def _capacity_faults(service: Service, context: _Context) -> Iterator[Fault]:
    least, most = aws_limits.CAPACITY_PROVIDER_WEIGHT
    for provider, weight in service.capacity.items():
        if provider not in aws_limits.CAPACITY_PROVIDERS:
            fix = suggestion(provider, aws_limits.CAPACITY_PROVIDERS, label="allowed", taken=service.capacity)
            yield Fault(f"capacity has {provider!r}, which is not a capacity provider of Fargate", fix)
        if not least <= weight <= most:
            yield out_of_range(f"capacity.{provider}", weight, least, most)
    if service.capacity and not any(service.capacity.values()):
        yield Fault("capacity has no weight other than 0, so that no task can start", "use 1 or more for one of them")
    least, most = aws_limits.CAPACITY_PROVIDER_BASE
    if not context.shaped.knows("capacity_base"):
        return
    if not least <= service.capacity_base <= most:
        yield out_of_range("capacity_base", service.capacity_base, least, most)
    elif service.capacity_base and "FARGATE" not in service.capacity:
        message = f"capacity_base {service.capacity_base} has no effect: capacity has no weight for FARGATE"
        yield Fault(message, 'declare capacity={"FARGATE": 1, "FARGATE_SPOT": 3} with it, or remove it')


def _container_faults(service: Service, context: _Context) -> Iterator[Fault]:
    urls = frozenset(url_variables(callee, first=False)[0] for callee in service.calls)
    yield from container_faults(service, context.shaped.knows, urls if context.shaped.knows("calls") else frozenset())


def _acceptance_faults(service: Service, _: _Context) -> Iterator[Fault]:
    yield from acceptance_faults("service", service.accepted_warnings)


_RULES: tuple[tuple[tuple[str, ...], _Rule], ...] = (
    (("name",), _name_faults),
    (IMAGE_FIELDS, _image_faults),
    (("path_prefix", "name"), _prefix_faults),
    (("name", "path_prefix", "container_port"), _reachability_faults),
    (("path_prefix", "rule_priority"), _priority_faults),
    (("container_port",), _port_faults),
    (("cpu_units",), _cpu_faults),
    (("calls",), _call_faults),
    (("calls",), _url_variable_faults),
    (("connections",), _connection_faults),
    ((), _health_check_faults),
    (("sticky_session_seconds", "path_prefix", "name"), _sticky_session_faults),
    (("desired_count",), _count_faults),
    (("capacity",), _capacity_faults),
    ((), _container_faults),
    (("accepted_warnings",), _acceptance_faults),
)

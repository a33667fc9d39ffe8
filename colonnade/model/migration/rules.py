"""The rules for a declared migration; `settings` checks its phases in an environment.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from colonnade.model.deployment.declaration import Deployment, ForwardTo
from colonnade.model.errors import Fault, Problem, suggestion
from colonnade.model.migration.phases import DEPLOYMENT_WIDE, ORDER, PER_SERVICE, Migration
from colonnade.model.routing import path_pattern
from colonnade.model.service.declaration import Service
from colonnade.model.shape import ShapedDeployment


def declaration_faults(shaped: ShapedDeployment) -> Iterator[Fault]:
    """Yield the faults of a deployment's migration; nothing if it declares none."""
    deployment, migration = shaped.value, shaped.value.migration
    if migration is None or not shaped.knows_all_of("migration"):
        return
    services = shaped.services_with("name", "path_prefix", "calls")
    by_name = {service.name: service for service in services}
    if shaped.complete:
        yield from _name_faults(migration, dict.fromkeys(shaped.names))
    if len(services) < len(shaped.services) or not shaped.knows("services", "default_action.service"):
        return
    if migration.monolith in by_name and migration.monolith not in migration.microservices:
        for name in dict.fromkeys(migration.microservices):
            if name in by_name:
                yield from _takeover_faults(by_name[name], deployment, migration, services)
        yield from _successor_faults(migration, services, by_name)
    yield from _staying_faults(deployment, migration, services)


def successors(migration: Migration | None, services: Sequence[Service]) -> tuple[str, ...]:
    """Return the microservices with the same path prefix as the monolith; a service without a path prefix is none of
    them."""
    if migration is None:
        return ()
    prefixes = {service.name: service.path_prefix for service in services}
    own = prefixes.get(migration.monolith)
    names = [name for name in migration.microservices if name != migration.monolith]
    return tuple(name for name in names if own is not None and prefixes.get(name) == own)


def retired_problems(shaped: ShapedDeployment, retired: bool) -> Iterator[Problem]:
    """Yield a problem for each service that calls a retired monolith, which has no tasks."""
    migration = shaped.value.migration
    if migration is None or not retired:
        return
    for service in shaped.services_with("name", "calls"):
        if service.name != migration.monolith and migration.monolith in service.calls:
            fault = Fault(
                f"calls monolith {migration.monolith!r}, which has no tasks in phase {DEPLOYMENT_WIDE[-1]!r}",
                f"remove the call, or stay in phase {PER_SERVICE[-1]!r}",
            )
            yield shaped.problem_of(service.name, fault)


def _name_faults(migration: Migration, by_name: Mapping[str, None]) -> Iterator[Fault]:
    for role, names in (("monolith", (migration.monolith,)), ("microservice", migration.microservices)):
        for name in dict.fromkeys(names):
            if name not in by_name:
                yield Fault(
                    f"migration: {role} {name!r} is not a declared service",
                    suggestion(name, by_name, label="declared", taken=(migration.monolith, *migration.microservices)),
                )
            if names.count(name) > 1:
                yield Fault(f"migration: microservice {name!r} is named {names.count(name)} times", "name it once")
    if not migration.microservices:
        yield Fault("migration: no microservice is declared", "name those that take over, or declare no migration")
    if migration.monolith in migration.microservices:
        yield Fault(
            f"migration: {migration.monolith!r} is the monolith and a microservice", "remove it from the microservices"
        )


def _takeover_faults(
    service: Service, deployment: Deployment, migration: Migration, services: Sequence[Service]
) -> Iterator[Fault]:
    """Yield a fault if requests for the microservice's paths do not reach the monolith while the microservice has no
    listener rule."""
    prefix = service.path_prefix
    if prefix is None:
        yield Fault(
            f"migration: microservice {service.name!r} has no path prefix", "declare the one that it takes over"
        )
        return
    staying = {other.path_prefix: other.name for other in services if other.name not in migration.microservices}
    owners = [other for other in staying if other is not None and path_pattern.owns(other, prefix)]
    owner = staying[max(owners, key=len)] if owners else _default_service(deployment)
    if owner != migration.monolith:
        who = f"service {owner!r}" if owner is not None else "the default action"
        yield Fault(
            f"migration: without microservice {service.name!r} the requests to {prefix!r} go to {who}, not to "
            f"monolith {migration.monolith!r}",
            "use a path prefix under the monolith's, or forward the default action to the monolith",
        )


def _successor_faults(
    migration: Migration, services: Sequence[Service], by_name: Mapping[str, Service]
) -> Iterator[Fault]:
    """Yield the faults of microservices with the monolith's own prefix: they share one listener rule with it."""
    found, monolith = successors(migration, services), by_name[migration.monolith]
    for name in found:
        if by_name[name].rule_priority != monolith.rule_priority:
            yield Fault(
                f"migration: {name!r} and monolith {monolith.name!r} share one listener rule, with rule_priority "
                f"{by_name[name].rule_priority} and {monolith.rule_priority}",
                f"give both rule_priority {monolith.rule_priority}",
            )
    if len(found) > 1:
        yield Fault(
            f"migration: {' and '.join(map(repr, found))} take over the same path prefix {monolith.path_prefix!r}",
            "give each a prefix of its own; one of them may have the monolith's",
        )


def _default_service(deployment: Deployment) -> str | None:
    action = deployment.default_action
    return action.service if isinstance(action, ForwardTo) else None


def _staying_faults(deployment: Deployment, migration: Migration, services: Sequence[Service]) -> Iterator[Fault]:
    """Yield a fault if the default action or a service outside of the migration uses a microservice, because
    microservices do not exist in the first phase."""
    declared = any(each.name == migration.monolith for each in services)
    absent = set(migration.microservices) - set(successors(migration, services))
    # An unknown name of the monolith is reported elsewhere; then any service outside of the migration may be meant.
    if not declared:
        staying = {each.path_prefix for each in services if each.name not in migration.microservices}
        absent -= {each.name for each in services if each.path_prefix in staying}
    default = _default_service(deployment)
    if default in absent:
        yield Fault(
            f"migration: the default action forwards to microservice {default!r}, which does not exist in phase "
            f"{ORDER[0]!r}",
            f"forward it to monolith {migration.monolith!r}" if declared else "forward it to the monolith",
        )
    for service in services:
        callees = () if service.name in migration.microservices else service.calls
        for callee in (callee for callee in callees if callee in absent):
            yield Fault(
                f"migration: {service.name!r} calls microservice {callee!r}, which does not exist in phase "
                f"{ORDER[0]!r}",
                "let only microservices call it",
            )

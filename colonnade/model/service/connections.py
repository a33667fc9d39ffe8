"""The connections of services to databases and other hosts outside of their deployment, with the environment's settings
for each.

Pure.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping

from colonnade.model.environment.connection_settings import ConnectionSettings
from colonnade.model.environment.settings import Environment
from colonnade.model.errors import Fault, Problem, closest, suggestion
from colonnade.model.naming import label_fault
from colonnade.model.service.container_definition import CONTRACT, url_variables
from colonnade.model.service.container_rules import variable_name_faults
from colonnade.model.service.declaration import Service
from colonnade.model.shape import ShapedDeployment

_EXAMPLE = '{ port = 5432, host = "db.example.com", cidr = "10.9.0.0/16" }'


def connections_of(service: Service, deployment: str, environment: Environment) -> dict[str, ConnectionSettings]:
    """Return each connection of a service with the names of its variables, for declarations without problems."""
    settings = _settings(deployment, environment)
    return {name: _with_variables(name, settings[name]) for name in service.connections}


def connection_variables(connections: Mapping[str, ConnectionSettings]) -> dict[str, str]:
    """Return the variables that carry the hosts and ports of a service's connections."""
    found: dict[str, str] = {}
    for each in connections.values():
        for variable, value in ((each.variable, each.host), (each.port_variable, str(each.port))):
            if variable is not None:
                found[variable] = value
    return found


def declaration_faults(connections: tuple[str, ...]) -> Iterator[Fault]:
    """Yield the faults of the names that a service declares."""
    for name in dict.fromkeys(connections):
        fault = label_fault("connection", name)
        if fault is not None:
            yield fault
        if connections.count(name) > 1:
            yield Fault(f"connects to {name!r} {connections.count(name)} times", "name each connection once")


def connection_problems(shaped: ShapedDeployment, environment: Environment) -> Iterator[Problem]:
    """Yield a problem for each declared connection that the environment does not set, and for each setting that no
    service uses."""
    if not shaped.knows("name"):
        return
    settings = _settings(shaped.value.name, environment)
    file, table = f"environments/{environment.name}.toml", f"deployments.{shaped.value.name}.connections"
    yield from _unmatched(shaped, settings, file, table)
    for service in shaped.services:
        if service.knows("name", "connections", "calls", "variables", "secrets"):
            for name, fault in _variable_faults(service.value, settings):
                subject = f"{file} [{table}.{name}]"
                message = f"for service {service.value.name!r}: {fault.message}"
                yield Problem(subject=subject, message=message, fix=fault.fix)


def _unmatched(
    shaped: ShapedDeployment, settings: Mapping[str, ConnectionSettings], file: str, table: str
) -> Iterator[Problem]:
    """Yield a problem for each connection without settings, and one for each table that no service connects to.

    A wrong name in one of the two places is one problem. It is the same in every environment that has it.
    """
    services = shaped.services_with("name", "connections")
    declared = dict.fromkeys(name for each in services for name in each.connections)
    meant: set[str | None] = set()
    for name in declared:
        if name not in settings and label_fault("connection", name) is None:
            users = " and ".join(repr(each.name) for each in services if name in each.connections)
            close = closest(name, settings.keys() - declared.keys() - meant)
            meant.add(close)
            question = f"did you mean {close!r}, which it sets? " if close is not None else ""
            fix = f"{question}add under [{table}] in the environment's file: {name} = {_EXAMPLE}"
            yield shaped.problem(Fault(f"connection {name!r} of {users} is not set by the environment", fix))
    if shaped.complete and len(services) == len(shaped.services):
        for name in settings.keys() - declared.keys() - meant:
            fix = suggestion(name, declared, label="declared", taken=settings)
            message = f"no service of {shaped.value.name!r} connects to it"
            yield Problem(subject=f"{file} [{table}.{name}]", message=message, fix=fix)


def _variable_faults(service: Service, settings: Mapping[str, ConnectionSettings]) -> Iterator[tuple[str, Fault]]:
    """Yield a connection and its fault for each variable with an invalid name, or with a name that is in use apart from
    case."""
    urls = (url_variables(callee, first=False)[0] for callee in service.calls)
    taken = {
        **{name.upper(): "the container contract" for name in CONTRACT},
        **{name.upper(): "the URL of a called service" for name in urls},
        **{name.upper(): "`variables`" for name in service.variables},
        **{name.upper(): "`secrets`" for name in service.secrets},
    }
    for name in dict.fromkeys(service.connections):
        if name not in settings:
            continue
        made = _with_variables(name, settings[name])
        for key, variable in (("variable", made.variable), ("port_variable", made.port_variable)):
            if variable is None:
                continue
            yield from ((name, fault) for fault in variable_name_faults(key, variable, frozenset()))
            if variable.upper() in taken:
                message = f"{key} {variable!r} has a name that {taken[variable.upper()]} has"
                yield name, Fault(message, f"set another {key} for the connection")
            taken.setdefault(variable.upper(), f"{key} of connection {name!r}")


def _with_variables(name: str, settings: ConnectionSettings) -> ConnectionSettings:
    start = name.replace("-", "_").upper()
    host = settings.variable if settings.variable is not None else f"{start}_HOST"
    port = settings.port_variable if settings.port_variable is not None else f"{start}_PORT"
    return dataclasses.replace(settings, variable=host, port_variable=port)


def _settings(deployment: str, environment: Environment) -> Mapping[str, ConnectionSettings]:
    found = environment.deployments.get(deployment)
    return found.connections if found is not None else {}

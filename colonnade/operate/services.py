"""The deployed services that a command is about: resolved deployments, names -> services with their clients."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

from colonnade.apply.identity import AwsSession
from colonnade.model.errors import ConfigurationError, ambiguous_service, unknown
from colonnade.model.resolved import Resolved, ResolvedService

_ATTEMPTS = 5
"""The attempts of one call, as ECS throttles calls and a wait must not end at a short failure of the network."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clients:
    """The boto3 clients that the commands use; each may be called from any thread."""

    ec2: Any
    ecs: Any
    elbv2: Any
    logs: Any
    ecr: Any
    servicediscovery: Any


def connect(session: AwsSession) -> Clients:
    """Return the clients of a session. They keep the endpoint and the credentials that the session has now."""
    return Clients(
        **{name: session.client(name, attempts=_ATTEMPTS) for name in (each.name for each in fields(Clients))}
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """Deployments of one environment, and the clients that reach them.

    An account has all deployments of its environment; each running sandbox has an account of its own.
    """

    deployments: tuple[Resolved, ...]
    aws: Clients


@dataclass(frozen=True, slots=True, kw_only=True)
class DeployedService:
    """One service of a deployment, as ECS knows it."""

    deployment: Resolved
    service: ResolvedService
    aws: Clients

    @property
    def name(self) -> str:
        """The name that a user writes when several deployments have a service of this name: 'services/service1'."""
        return f"{self.deployment.name}/{self.service.name}"

    @property
    def cluster(self) -> str:
        """The name of its ECS cluster."""
        return cluster_name(self.deployment)


def cluster_name(deployment: Resolved) -> str:
    """Return the name of the deployment's ECS cluster, its own or one that exists."""
    return deployment.existing_cluster if deployment.existing_cluster is not None else deployment.names.cluster


def services_of(reached: Reached) -> Iterator[DeployedService]:
    """Yield the services of the deployments, in declared order."""
    for deployment in reached.deployments:
        for service in deployment.services:
            yield DeployedService(deployment=deployment, service=service, aws=reached.aws)


def service_names(deployment: Resolved) -> set[str]:
    """Return the names of the deployment's services as a user may write them: SERVICE and DEPLOYMENT/SERVICE."""
    names = {each.name for each in deployment.services}
    return names | {f"{deployment.name}/{name}" for name in names}


def require_services(names: Sequence[str], deployments: Sequence[Resolved]) -> None:
    """Raise ConfigurationError with every name that no deployment has a service of."""
    known = {name for deployment in deployments for name in service_names(deployment)}
    problems = [
        unknown("service", name, [each for each in known if ("/" in each) == ("/" in name)], label="services")
        for name in names
        if name not in known
    ]
    if problems:
        raise ConfigurationError(problems)


def chosen(names: Sequence[str], reached: Sequence[Reached]) -> tuple[DeployedService, ...]:
    """Return the services of these names, each once, in the order of the names.

    Raises ConfigurationError with every name that several deployments have.
    """
    services = [service for one in reached for service in services_of(one)]
    found = {name: [each for each in services if name in (each.service.name, each.name)] for name in names}
    problems = [ambiguous_service(name, [each.name for each in many]) for name, many in found.items() if len(many) > 1]
    if problems:
        raise ConfigurationError(problems)
    return tuple({each.name: each for many in found.values() for each in many}.values())

"""Warnings about declarations that keep every rule, but may fail in AWS or have an unexpected effect there.

A warning never changes an exit status. To accept a warning, write the reason where its subject is declared: in
`accepted_warnings` of a service, of a deployment or of an environment's file. A rule returns a `Fault`; its code is its
key in one of the tables at the end. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from colonnade.model.errors import Fault, suggestion
from colonnade.model.network.namespace import public_domain_fault
from colonnade.model.quotas import elastic_ip_fault, fargate_fault, vpc_fault

if TYPE_CHECKING:  # imported for types only, because these modules import this one
    from colonnade.model.environment.settings import Environment
    from colonnade.model.resolved import Resolved, ResolvedService

WARNINGS_FILE = "warnings.json"
"""The file in the output folder of a synthesis with a list of the warnings, each an object with the fields below."""

Kind = Literal["service", "deployment", "environment"]
"""The kinds of subject."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigurationWarning:
    """A warning about one subject. `str()` gives two lines, like that of a `Problem`, with the code at the end."""

    code: str
    """The key of `accepted_warnings`, such as 'read-only-root'."""
    subject: str
    """The thing that the warning is about: "deployment 'shop', service 'orders'"."""
    message: str
    fix: str
    """The text to write instead."""

    def __str__(self) -> str:
        return f"warning: {self.subject}: {self.message} [{self.code}]\n    {self.fix}"


def configuration_warnings(
    deployments: Sequence[Resolved], environment: Environment
) -> tuple[ConfigurationWarning, ...]:
    """Return the warnings of resolved deployments and their environment, without those that are accepted."""
    return tuple(_found(deployments, environment))


def acceptance_faults(kind: Kind, accepted: Mapping[str, str]) -> Iterator[Fault]:
    """Yield the faults of `accepted_warnings` of a subject of this kind: unknown codes and empty reasons."""
    codes = CODES[kind]
    for code, reason in accepted.items():
        other = next((each for each, known in CODES.items() if code in known), None)
        if code not in codes and other is not None:
            fix = f"accept it in {_PLACES[other]}"
            yield Fault(f"accepted_warnings: {code!r} is a warning about {_ARTICLES[other]} {other}", fix)
        elif code not in codes:
            fix = suggestion(str(code), codes, label=f"codes of {_ARTICLES[kind]} {kind}")
            yield Fault(f"accepted_warnings: {code!r} is not the code of a warning", fix)
        elif not reason.strip():
            yield Fault(f"accepted_warnings: {code!r} has no reason", "write the reason in one sentence")


def _found(deployments: Sequence[Resolved], environment: Environment) -> Iterator[ConfigurationWarning]:
    for deployment in deployments:
        subject = f"deployment {deployment.name!r}"
        for code, of_deployment in _DEPLOYMENT_RULES.items():
            if code not in deployment.accepted_warnings:
                yield from _warning(code, subject, of_deployment(deployment))
        for service in deployment.services:
            for code, of_service in _SERVICE_RULES.items():
                if code not in service.accepted_warnings:
                    yield from _warning(code, f"{subject}, service {service.name!r}", of_service(service))
    for code, of_environment in _ENVIRONMENT_RULES.items():
        if code not in environment.accepted_warnings:
            yield from _warning(code, f"environment {environment.name!r}", of_environment(deployments, environment))


def _warning(code: str, subject: str, fault: Fault | None) -> Iterator[ConfigurationWarning]:
    if fault is not None:
        yield ConfigurationWarning(code=code, subject=subject, message=fault.message, fix=fault.fix)


def _read_only_root(service: ResolvedService) -> Fault | None:
    """Return the fault of a public image whose container cannot write any file.

    nginx, for example, creates its cache and its pid file when it starts, and exits if it cannot.
    """
    if service.repository_name is not None or not service.read_only_root_filesystem:
        return None
    return Fault(
        f"public image {service.image_name!r} runs with a read-only root file system; many public images write files "
        "when they start, and exit if they cannot",
        "declare read_only_root_filesystem=False, or accept the warning if the image writes no files",
    )


def _public_namespace(deployment: Resolved) -> Fault | None:
    if deployment.namespace is None:
        return None
    return public_domain_fault(deployment.namespace, deployment.zone_name)


def _called_without_health_check(deployment: Resolved) -> Fault | None:
    """Return the fault of services that others call and that ECS does not check.

    ECS gives Cloud Map the health of a task's containers, and a container without a check counts as healthy:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-discovery.html
    """
    called = {edge.callee for edge in deployment.edges}
    unchecked = [
        repr(each.name)
        for each in deployment.services
        if each.name in called and each.containers is not None and each.containers[0].health_check is None
    ]
    if not unchecked:
        return None
    return Fault(
        f"other services call {' and '.join(unchecked)}, which ECS does not check: they may get the address of a task "
        "that does not listen yet",
        "declare a container_health_check of each, or accept the warning if the callers try another address",
    )


_SERVICE_RULES: Mapping[str, Callable[[ResolvedService], Fault | None]] = {"read-only-root": _read_only_root}
_DEPLOYMENT_RULES: Mapping[str, Callable[[Resolved], Fault | None]] = {
    "called-without-health-check": _called_without_health_check,
    "public-namespace": _public_namespace,
}
_ENVIRONMENT_RULES: Mapping[str, Callable[[Sequence[Resolved], Environment], Fault | None]] = {
    "quota-elastic-ips": elastic_ip_fault,
    "quota-fargate-vcpus": fargate_fault,
    "quota-vpcs": vpc_fault,
}

CODES: Mapping[Kind, frozenset[str]] = {
    "service": frozenset(_SERVICE_RULES),
    "deployment": frozenset(_DEPLOYMENT_RULES),
    "environment": frozenset(_ENVIRONMENT_RULES),
}
"""The codes of the warnings about each kind of subject."""
_PLACES: Mapping[Kind, str] = {
    "service": "the Service",
    "deployment": "the Deployment",
    "environment": "[accepted_warnings] of the environment's file",
}
_ARTICLES: Mapping[Kind, str] = {"service": "a", "deployment": "a", "environment": "an"}

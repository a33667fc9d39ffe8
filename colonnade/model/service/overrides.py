"""A declared deployment and an environment's settings for its services -> the merged deployment.

A value in the environment's file replaces the declared one; variables and secrets are merged by name. The rules check
the merged result, so that each rule is written once. `attributed` names the table of each problem that the file causes.
Pure.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from colonnade.model.declared import copied
from colonnade.model.environment.service_settings import SecretSettings, ServiceSettings
from colonnade.model.environment.settings import Environment
from colonnade.model.errors import Fault, Problem, suggestion
from colonnade.model.service.declaration import Service
from colonnade.model.service.secrets import Secret, SecretsManagerSecret, SsmParameter
from colonnade.model.shape import Shaped, ShapedDeployment

_REPLACED = ("desired_count", "cpu_units", "memory_mib", "capacity", "capacity_base", "connections")
"""The fields that an environment replaces as a whole."""


def with_settings(shaped: ShapedDeployment, environment: Environment) -> ShapedDeployment:
    """Return the deployment with the environment's settings for its services merged in."""
    settings = _settings(shaped, environment)
    if not settings:
        return shaped
    services = tuple(_with_settings(each, settings) for each in shaped.services)
    value = copied(shaped.value, services=tuple(each.value for each in services))
    return dataclasses.replace(shaped, services=services, value=value)


def override_problems(shaped: ShapedDeployment, environment: Environment) -> Iterator[Problem]:
    """Yield the problems of the settings that the rules for declarations do not find: unknown services, and malformed
    secrets.

    If the name of any declared service is invalid, unknown services are not reported.
    """
    for name, settings in _settings(shaped, environment).items():
        table = _table(shaped, environment, f"services.{name}")
        if shaped.complete and name not in shaped.names:
            fix = suggestion(name, shaped.names, label="declared", taken=_settings(shaped, environment))
            yield Problem(subject=table, message=f"{shaped.title} has no service {name!r}", fix=fix)
        for variable, secret in settings.secrets.items():
            for fault in _secret_faults(f"secrets.{variable}", secret):
                yield Problem(subject=table, message=fault.message, fix=fault.fix)


def attributed(
    problems: Iterable[Problem], without: Iterable[Problem], shaped: ShapedDeployment, environment: Environment
) -> Iterator[Problem]:
    """Yield the problems.

    `without` are the problems of the deployment without the settings; any other problem gets the table of the settings
    as its subject.
    """
    declared = set(without)
    tables = {shaped.title: _table(shaped, environment)}
    for service in shaped.services:
        if service.knows("name") and service.value.name in _settings(shaped, environment):
            tables[service.title] = _table(shaped, environment, f"services.{service.value.name}")
    for problem in problems:
        subject = problem.subject if problem in declared else tables.get(problem.subject, problem.subject)
        yield dataclasses.replace(problem, subject=subject)


def _settings(shaped: ShapedDeployment, environment: Environment) -> Mapping[str, ServiceSettings]:
    found = environment.deployments.get(shaped.value.name) if shaped.knows("name") else None
    return found.services if found is not None else {}


def _table(shaped: ShapedDeployment, environment: Environment, path: str = "") -> str:
    name = ".".join(each for each in ("deployments", shaped.value.name, path) if each)
    return f"environments/{environment.name}.toml [{name}]"


def _with_settings(shaped: Shaped[Service], settings: Mapping[str, ServiceSettings]) -> Shaped[Service]:
    if not shaped.knows("name") or shaped.value.name not in settings:
        return shaped
    service, own = shaped.value, settings[shaped.value.name]
    values: dict[str, Any] = {name: getattr(own, name) for name in _REPLACED if name in own.given}
    if own.variables or own.secrets:
        variables = {name: value for name, value in service.variables.items() if name not in own.secrets}
        secrets = {name: value for name, value in service.secrets.items() if name not in own.variables}
        given = {name: _secret(each) for name, each in own.secrets.items() if not any(_secret_faults(name, each))}
        values |= {"variables": {**variables, **own.variables}, "secrets": {**secrets, **given}}
    return dataclasses.replace(shaped, value=copied(service, **values))


def _secret(settings: SecretSettings) -> Secret:
    if settings.ssm is not None:
        return SsmParameter(settings.ssm, kms_key_arn=settings.kms_key_arn)
    name = settings.secrets_manager if settings.secrets_manager is not None else ""
    return SecretsManagerSecret(name, json_key=settings.json_key, kms_key_arn=settings.kms_key_arn)


def _secret_faults(field: str, settings: SecretSettings) -> Iterator[Fault]:
    both = settings.secrets_manager is not None and settings.ssm is not None
    if both or (settings.secrets_manager is None and settings.ssm is None):
        count = "both" if both else "neither"
        fix = 'write { secrets_manager = "shop/payment" } or { ssm = "/shop/flags" }'
        yield Fault(f"{field} has {count} of secrets_manager and ssm", fix)
    elif settings.ssm is not None and settings.json_key is not None:
        yield Fault(f"{field}.json_key has no effect: a parameter of SSM is used as a whole", "remove it")

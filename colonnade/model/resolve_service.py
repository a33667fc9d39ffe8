"""A declared service and the environment -> one `ResolvedService`, with the source of each value."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from colonnade.model import aws_limits, naming
from colonnade.model.deployment.declaration import Deployment
from colonnade.model.environment.connection_settings import ConnectionSettings
from colonnade.model.environment.settings import Environment
from colonnade.model.migration.phases import MigrationState
from colonnade.model.migration.rules import successors
from colonnade.model.network.plan import NetworkPlan, network_plan
from colonnade.model.resolved import ResolvedService
from colonnade.model.routing.rule_action import rule_action
from colonnade.model.service.connections import connection_variables, connections_of
from colonnade.model.service.container_definition import Container, container_definitions
from colonnade.model.service.declaration import Service
from colonnade.model.service.health_check import HealthCheck
from colonnade.model.service.permissions import Allow
from colonnade.model.service.secrets import Secret
from colonnade.model.service.task import (
    environment_variables,
    image,
    repository_arns,
    secret_arns,
    secret_key_arns,
    task_containers,
)
from colonnade.model.sources import DEFAULT, Sources

_NAMES = (
    "physical_name",
    "target_group_name",
    "security_group_name",
    "execution_role_name",
    "task_role_name",
    "log_group_name",
)


def resolve_service(
    service: Service,
    *,
    deployment: Deployment,
    environment: Environment,
    migration: MigrationState | None,
    priority: int | None,
    sources: Sources,
) -> ResolvedService:
    """Return every value of a service, for declarations without problems.

    `priority`: the priority of its listener rule; None if the service has no rule.
    """
    connections = connections_of(service, deployment.name, environment)
    variables = {**_variables(service, deployment, environment), **connection_variables(connections)}
    return ResolvedService(
        **_straight(service),
        **_routing(service, deployment, environment, migration, priority),
        **_load_balancer_check(service, deployment, environment),
        **_image(service, environment),
        **_task(service, deployment, environment, variables),
        **_names(service, deployment, environment),
        desired_count=_desired_count(service, environment, migration),
        connections=connections,
        permissions=_permissions(service, environment),
        phase=migration.phases.get(service.name) if migration is not None else None,
        sources=_sources(service, connections, migration, sources),
    )


def _straight(service: Service) -> dict[str, Any]:
    """Return the values that are as they are declared."""
    fields = (
        *("name", "path_prefix", "path_patterns", "container_port", "cpu_units", "memory_mib", "architecture"),
        *("capacity", "capacity_base", "calls", "sticky_session_seconds", "read_only_root_filesystem"),
        *("ephemeral_storage_gib", "accepted_warnings"),
    )
    return {field: getattr(service, field) for field in fields}


def _routing(
    service: Service,
    deployment: Deployment,
    environment: Environment,
    migration: MigrationState | None,
    priority: int | None,
) -> dict[str, Any]:
    """Return the values of the listener rule, each None if the service has no rule, and the name in Cloud Map."""
    routed = service.path_prefix is not None and not _handed_over(service, deployment)
    in_dns = deployment.namespace is not None and service.container_port is not None
    return {
        "priority": _listener_priority(priority, deployment, environment) if routed else None,
        "rule_action": rule_action(service.name, migration) if routed else None,
        "dns_name": f"{service.name}.{deployment.namespace}" if in_dns else None,
    }


def _image(service: Service, environment: Environment) -> dict[str, Any]:
    repository = naming.repository_name(environment.project, environment.name, service.image)
    return {
        "image": image(service, environment),
        "image_name": service.image,
        "repository_name": repository if service.public_image is None else None,
        "repository_arns": repository_arns(service, environment),
    }


def _task(
    service: Service, deployment: Deployment, environment: Environment, variables: Mapping[str, str]
) -> dict[str, Any]:
    containers = task_containers(service, variables, environment)
    log_group = naming.log_group_name(environment.project, environment.name, deployment.name, service.name)
    return {
        "environment_variables": variables,
        "secret_arns": secret_arns(service, environment),
        "secret_key_arns": secret_key_arns(service),
        "containers": containers,
        "container_definitions": _definitions(containers, log_group, environment),
    }


def _listener_priority(priority: int | None, deployment: Deployment, environment: Environment) -> int | None:
    """Return the priority on the listener: unchanged on the deployment's own, scaled to the deployment's range on an
    existing one."""
    listener = environment.listener_of(deployment.name)
    return listener.priority(priority) if listener is not None and priority is not None else priority


def _handed_over(service: Service, deployment: Deployment) -> bool:
    """Return True for a monolith whose path prefix a microservice has too: the microservice's listener rule serves
    both."""
    migration = deployment.migration
    return (
        migration is not None
        and service.name == migration.monolith
        and bool(successors(migration, deployment.services))
    )


def _names(service: Service, deployment: Deployment, environment: Environment) -> dict[str, Any]:
    """Return the physical names of the objects of this service only, by field."""
    place = (environment.project, environment.name, deployment.name)

    def physical(role: str, max_length: int) -> str:
        return naming.physical_name(*place, role, max_length=max_length)

    name = service.name
    network = network_plan(deployment.name, deployment.network, environment)
    vpc = network.vpc_cidr if isinstance(network, NetworkPlan) else network.vpc_id
    target_group = naming.target_group_name(*place, name, vpc=vpc)
    return {
        "physical_name": physical(name, aws_limits.ECS_NAME_LENGTH),
        "target_group_name": target_group if deployment.forwards_to(service) else None,
        "security_group_name": physical(f"{name}-tasks", aws_limits.SECURITY_GROUP_NAME_PREFIX_LENGTH),
        "execution_role_name": physical(f"{name}-execution", aws_limits.ROLE_NAME_LENGTH),
        "task_role_name": physical(f"{name}-task", aws_limits.ROLE_NAME_LENGTH),
        "log_group_name": naming.log_group_name(*place, name),
    }


def _desired_count(service: Service, environment: Environment, migration: MigrationState | None) -> int:
    """Return the service's own count or the environment's; 0 for a retired monolith."""
    if _retired(service, migration):
        return 0
    return service.desired_count if service.desired_count is not None else environment.tasks.desired_count


def _retired(service: Service, migration: MigrationState | None) -> bool:
    return migration is not None and not migration.has_tasks(service.name)


def _load_balancer_check(service: Service, deployment: Deployment, environment: Environment) -> dict[str, Any]:
    """Return the fields of the health check by the load balancer, each None if it does not forward to the service."""
    grace = service.health_check_grace_seconds
    values = {
        "health_check_path": service.health_check_path,
        "health_check_matcher": service.health_check_matcher,
        "health_check_port": service.health_check_port,
        "health_check_protocol": service.health_check_protocol,
        "health_check": _health_check(service, environment),
        "health_check_grace_seconds": grace if grace is not None else environment.timing.health_check_grace_seconds,
    }
    return values if deployment.forwards_to(service) else dict.fromkeys(values)


def _health_check(service: Service, environment: Environment) -> HealthCheck:
    """Return the service's own timing and thresholds, or the environment's."""
    timing = environment.timing
    if service.health_check is not None:
        return service.health_check
    return HealthCheck(
        interval_seconds=timing.health_check_interval_seconds,
        timeout_seconds=timing.health_check_timeout_seconds,
        healthy_threshold=timing.healthy_threshold,
        unhealthy_threshold=timing.unhealthy_threshold,
    )


def _variables(service: Service, deployment: Deployment, environment: Environment) -> dict[str, str]:
    by_name = {other.name: other for other in deployment.services}
    return environment_variables(
        service,
        callees=[by_name[name] for name in service.calls],
        namespace=deployment.namespace,
        drain_seconds=environment.tasks.drain_seconds,
    )


def _permissions(service: Service, environment: Environment) -> tuple[Allow, ...]:
    places = {
        "account_id": environment.account_id,
        "region": environment.region,
        "project": environment.project,
        "environment": environment.name,
    }
    return tuple(allow.within(places) for allow in service.permissions)


def _definitions(containers: Sequence[Container] | None, log_group_name: str, environment: Environment) -> str | None:
    """Return the JSON of the task definition's containers; None before the images are pinned."""
    if containers is None:
        return None
    return container_definitions(containers, log_group_name=log_group_name, region=environment.region)


def _sources(
    service: Service,
    connections: Mapping[str, ConnectionSettings],
    migration: MigrationState | None,
    sources: Sources,
) -> Mapping[str, str]:
    declared = sources.of_service(service)
    resolved = {field.name for field in dataclasses.fields(ResolvedService)}
    straight = [field.name for field in dataclasses.fields(Service) if field.name in resolved]
    computed_priority = "computed: path_prefix" if service.path_prefix is not None else declared("path_prefix")
    image_name = "public_image" if service.public_image is not None else "image_name"
    count = declared("desired_count") if service.desired_count is not None else sources.setting("tasks.desired_count")
    computed_repository = "computed: project, environment and image_name"
    grace = "health_check_grace_seconds"
    repository = computed_repository if service.public_image is None else declared("public_image")
    return {
        **{field: declared(field) for field in straight},
        "path_patterns": "computed: path_prefix",
        "priority": declared("rule_priority") if service.rule_priority is not None else computed_priority,
        "rule_action": sources.phase() if migration is not None else "computed: name",
        "desired_count": sources.phase() if _retired(service, migration) else count,
        "image": sources.image(service),
        "image_name": declared(image_name) if service.image != service.name else "computed: name",
        "repository_name": repository,
        "repository_arns": repository,
        "dns_name": "computed: name, container_port and namespace",
        "health_check": declared("health_check") if service.health_check is not None else sources.setting("timing"),
        grace: declared(grace)
        if service.health_check_grace_seconds is not None
        else sources.setting(f"timing.{grace}"),
        "secret_arns": _source_of_secrets(service, declared, lambda _: True),
        "secret_key_arns": _source_of_secrets(service, declared, lambda secret: secret.kms_key_arn is not None),
        "containers": "computed: the declared containers and the environment",
        "environment_variables": "computed: calls and namespace",
        **{f"environment_variables.{name}": source for name, source in sources.variables(service).items()},
        **_sources_of_connections(connections, sources),
        "environment_variables.PORT": "computed: container_port",
        "environment_variables.HOST": "computed: every network interface of the task",
        "environment_variables.PATH_PREFIX": "computed: path_prefix",
        "environment_variables.DRAIN_SECONDS": sources.setting("tasks.drain_seconds"),
        "container_definitions": "computed: containers and log_group_name",
        "phase": sources.phase() if migration is not None else DEFAULT,
        **dict.fromkeys(_NAMES, "computed: project, environment, deployment and service"),
    }


def _source_of_secrets(service: Service, declared: Callable[[str], str], counts: Callable[[Secret], bool]) -> str:
    """Return the source of the secrets that count: the service's own, its sidecars', or both."""
    own = any(map(counts, service.secrets.values()))
    of_sidecars = any(counts(secret) for each in service.sidecars for secret in each.secrets.values())
    fields = [*(["secrets"] if own else []), *(["sidecars"] if of_sidecars else [])]
    return ", ".join(dict.fromkeys(map(declared, fields))) if fields else DEFAULT


def _sources_of_connections(connections: Mapping[str, ConnectionSettings], sources: Sources) -> dict[str, str]:
    found = {}
    for name, each in connections.items():
        table = sources.of_deployment_table(f"connections.{name}")
        found[f"connections.{name}"] = table
        found |= {f"environment_variables.{variable}": table for variable in connection_variables({name: each})}
    return found

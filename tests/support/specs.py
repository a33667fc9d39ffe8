"""Small valid services, deployments and environments that tests modify, and the problems that a check reports."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from colonnade.model.deployment.declaration import Deployment, FixedResponse
from colonnade.model.environment.settings import Environment
from colonnade.model.environment.tables import (
    NetworkSettings,
    ProtectionSettings,
    TaskSettings,
    TimingSettings,
    TrafficLogSettings,
)
from colonnade.model.errors import ConfigurationError
from colonnade.model.resolve import resolve
from colonnade.model.resolved import Resolved
from colonnade.model.service.declaration import Service

_NAMES = (
    "shop",
    "mart",
    "board",
    "other",
    "second",
    "shop-api",
    "shop_api",
    "a-b",
    "a_b",
    "state-backend",
    "message_board",
)
BLOCKS = {name: f"10.{number}.0.0/16" for number, name in enumerate(_NAMES)}
"""The blocks of deployments in the environment of tests, by deployment name."""


def service(name: str = "orders", path_prefix: str | None = None, **fields: Any) -> Service:
    """Return a service with its name as its path prefix, unless one is given."""
    prefix = path_prefix if path_prefix is not None else f"/{name}"
    return Service(**{"name": name, "path_prefix": prefix, "container_port": 8080, **fields})


def deployment(*services: Service, **fields: Any) -> Deployment:
    values: dict[str, Any] = {
        "name": "shop",
        "services": services,
        "namespace": "shop",
        "subdomain": "shop",
        "default_action": FixedResponse(status_code=404, content_type="text/plain", message_body="Not Found"),
    }
    return Deployment(**{**values, **fields})


def environment(*services: Service, **fields: Any) -> Environment:
    """Return an environment with a tag for each service's image."""
    values: dict[str, Any] = {
        "project": "colonnade",
        "name": "test",
        "account_id": "999988887777",
        "region": "eu-west-1",
        "zone_name": "example.com",
        "state_bucket": "colonnade-test-state",
        "force_delete_repositories": False,
        "network": NetworkSettings(vpc_cidrs=BLOCKS, nat="single"),
        "tasks": TaskSettings(
            desired_count=2,
            capacity_provider="FARGATE",
            log_retention_days=7,
            drain_seconds=20,
            stop_timeout_seconds=30,
        ),
        "timing": TimingSettings(
            health_check_interval_seconds=10,
            health_check_timeout_seconds=5,
            healthy_threshold=2,
            unhealthy_threshold=2,
            health_check_grace_seconds=60,
            deregistration_delay_seconds=30,
            steady_state_timeout_minutes=10,
            dns_ttl_seconds=10,
        ),
        "protection": ProtectionSettings(deletion_protection=False, locked_default_security_group=False, log_key=False),
        "traffic_logs": TrafficLogSettings(access_log_days=0, flow_logs=False),
        "images": {each.image: "1.0.0" for each in services if isinstance(each.name, str)},
    }
    return dataclasses.replace(Environment(**values), **fields)


def resolved(declared: Deployment, where: Environment | None = None, *, migration_phase: str | None = None) -> Resolved:
    """Return the resolved deployment, in an environment with its block and all of its images unless one is given."""
    found = where if where is not None else environment(*declared.services)
    if where is None and declared.network is not None:
        found = dataclasses.replace(found, network=NetworkSettings(nat="single"))
    (only,) = resolve((declared,), lambda: found, migration_phase=migration_phase)
    return only


def problems_of(declared: Deployment, where: Environment | None = None) -> list[str]:
    """Return the message of each problem, in an environment with all images of the deployment unless one is given."""
    return problems_raised(lambda: resolved(declared, where))


def problems_raised(action: Callable[[], object]) -> list[str]:
    """Return the message of each problem that an action raises; an empty list if it succeeds."""
    try:
        action()
    except ConfigurationError as error:
        return [str(problem) for problem in error.problems]
    return []

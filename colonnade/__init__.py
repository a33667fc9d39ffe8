"""Declare, check, synthesize, review and operate services on AWS Fargate behind one load balancer.

Deployment files import from here: `from colonnade import Deployment, Service, ForwardTo`. Each name is imported when it
is first used, so importing this package takes almost no time.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from colonnade.model.deployment.declaration import Deployment, FixedResponse, ForwardTo
    from colonnade.model.migration.phases import Migration
    from colonnade.model.network.layout import NetworkLayout
    from colonnade.model.service.container import Command, ContainerHealthCheck, Sidecar
    from colonnade.model.service.declaration import Service
    from colonnade.model.service.health_check import HealthCheck
    from colonnade.model.service.permissions import Allow
    from colonnade.model.service.secrets import SecretsManagerSecret, SsmParameter

__all__ = [
    "Allow",
    "Command",
    "ContainerHealthCheck",
    "Deployment",
    "FixedResponse",
    "ForwardTo",
    "HealthCheck",
    "Migration",
    "NetworkLayout",
    "SecretsManagerSecret",
    "Service",
    "Sidecar",
    "SsmParameter",
]

_HOMES = {
    "Allow": "colonnade.model.service.permissions",
    "Command": "colonnade.model.service.container",
    "ContainerHealthCheck": "colonnade.model.service.container",
    "Deployment": "colonnade.model.deployment.declaration",
    "FixedResponse": "colonnade.model.deployment.declaration",
    "ForwardTo": "colonnade.model.deployment.declaration",
    "HealthCheck": "colonnade.model.service.health_check",
    "Migration": "colonnade.model.migration.phases",
    "NetworkLayout": "colonnade.model.network.layout",
    "SecretsManagerSecret": "colonnade.model.service.secrets",
    "Service": "colonnade.model.service.declaration",
    "Sidecar": "colonnade.model.service.container",
    "SsmParameter": "colonnade.model.service.secrets",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)

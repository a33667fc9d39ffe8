"""The smallest deployment: one service that gets every request, over HTTP and without a domain name. Data only."""

from __future__ import annotations

from modules.spec.deployment_spec import DeploymentSpec, ForwardTo
from modules.spec.service_spec import ServiceSpec

DEPLOYMENT = DeploymentSpec(
    name="single_service",
    default_action=ForwardTo(service="service3"),
    services=(ServiceSpec(name="service3", container_port=7073),),
)

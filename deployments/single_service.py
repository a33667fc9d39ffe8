"""The smallest deployment: one service that gets every request, over HTTP and without a domain name. Data only."""

from __future__ import annotations

from colonnade import Deployment, ForwardTo, Service

DEPLOYMENT = Deployment(
    name="single_service",
    default_action=ForwardTo(service="service3"),
    services=(Service(name="service3", container_port=7073),),
)

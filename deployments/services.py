"""Three services behind one load balancer: two that call each other and one without calls. Data only."""

from __future__ import annotations

from colonnade import Deployment, FixedResponse, Service

DEPLOYMENT = Deployment(
    name="services",
    namespace="services",
    subdomain="services",
    default_action=FixedResponse(
        status_code=200, content_type="application/json", message_body='{ "msg": "base route" }'
    ),
    services=(
        Service(name="service1", path_prefix="/service1", container_port=7071, calls=("service2",)),
        Service(name="service2", path_prefix="/service2", container_port=7072, calls=("service1",)),
        Service(name="service3", path_prefix="/service3", container_port=7073),
    ),
    accepted_warnings={
        "called-without-health-check": "The callers try another address.",
        "public-namespace": "No task needs a host under .services.",
    },
)

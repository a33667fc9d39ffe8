"""Three services behind one load balancer: two that call each other and one that stands alone. Data only."""

from __future__ import annotations

from modules.spec.deployment_spec import DeploymentSpec, FixedResponse
from modules.spec.service_spec import ServiceSpec

DEPLOYMENT = DeploymentSpec(
    name="services",
    namespace="services",
    subdomain="services",
    default_action=FixedResponse(
        status_code=200, content_type="application/json", message_body='{ "msg": "base route" }'
    ),
    services=(
        ServiceSpec(name="service1", path_prefix="/service1", container_port=7071, calls=("service2",)),
        ServiceSpec(name="service2", path_prefix="/service2", container_port=7072, calls=("service1",)),
        ServiceSpec(name="service3", path_prefix="/service3", container_port=7073),
    ),
)

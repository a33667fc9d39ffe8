"""Two services of one public image behind HTTP, two tasks each, in a network with explicit blocks. Data only."""

from __future__ import annotations

from colonnade import Deployment, FixedResponse, HealthCheck, NetworkLayout, Service


def _hello(name: str) -> Service:
    return Service(
        name=name,
        path_prefix=f"/{name}",
        container_port=3000,
        cpu_units=256,
        memory_mib=1024,
        desired_count=2,
        # A placeholder: replace it with the public registry and path of your image.
        public_image="registry.example.com/colonnade/hello",
        health_check_path="/health",
        accepted_warnings={"read-only-root": "The image of the placeholder writes no files."},
        health_check=HealthCheck(interval_seconds=10, timeout_seconds=5, healthy_threshold=3, unhealthy_threshold=2),
    )


DEPLOYMENT = Deployment(
    name="product_user",
    default_action=FixedResponse(status_code=404, content_type="text/plain", message_body="Not Found"),
    services=(_hello("product-svc"), _hello("user-svc")),
    network=NetworkLayout(
        zones=("a", "b"),
        vpc_cidr="10.0.0.0/16",
        public_cidrs=("10.0.0.0/24", "10.0.1.0/24"),
        private_cidrs=("10.0.2.0/24", "10.0.3.0/24"),
        nat="single",
    ),
)

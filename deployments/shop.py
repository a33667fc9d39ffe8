"""A small shop: orders with a database, an internal catalog, and a worker that confirms orders. Data only.

All three run one image with different commands.
"""

from __future__ import annotations

from colonnade import (
    Allow,
    Command,
    ContainerHealthCheck,
    Deployment,
    FixedResponse,
    SecretsManagerSecret,
    Service,
)

# Tasks of orders and mailer start in any order. A lock in the database makes it safe that each migrates.
_MIGRATE = Command(("python", "-m", "service_apps.shop.migrate"))
_PASSWORD = {"DATABASE_PASSWORD": SecretsManagerSecret("shop/orders-db", json_key="password")}

DEPLOYMENT = Deployment(
    name="shop",
    namespace="shop.internal",
    default_action=FixedResponse(status_code=404, content_type="text/plain", message_body="There is nothing here."),
    services=(
        Service(
            name="orders",
            path_prefix="/orders",
            container_port=3010,
            image_name="shop",
            calls=("catalog",),
            connections=("orders-db",),
            variables={"CURRENCY": "EUR"},
            secrets=_PASSWORD,
            permissions=(
                Allow(actions=("s3:PutObject",), resources=("arn:aws:s3:::{project}-{environment}-shop-invoices/*",)),
            ),
            before_start=_MIGRATE,
        ),
        Service(  # internal: only other services reach it, by its name
            name="catalog",
            container_port=3011,
            image_name="shop",
            command=("python", "-m", "service_apps.shop.catalog"),
            container_health_check=ContainerHealthCheck(
                command=("python", "-m", "service_apps.kit.probe"), interval_seconds=5
            ),
        ),
        Service(  # a worker: nothing reaches it
            name="mailer",
            container_port=None,
            image_name="shop",
            command=("python", "-m", "service_apps.shop.mailer"),
            before_start=_MIGRATE,
            connections=("orders-db",),
            secrets=_PASSWORD,
        ),
    ),
)

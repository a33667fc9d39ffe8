"""The container definition for ECS: image, environment variables, log, and deterministic JSON."""

from __future__ import annotations

import json
from typing import Any

from colonnade.model.deployment.declaration import Deployment, ForwardTo
from colonnade.model.service.declaration import Service
from tests.support.specs import deployment, resolved, service


def container(*services: Service) -> dict[str, Any]:
    """Return the container of the first service."""
    return parsed(deployment(*services), services[0].name)


def parsed(declared: Deployment, name: str) -> dict[str, Any]:
    (only,) = json.loads(text(declared, name))
    assert isinstance(only, dict)
    return only


def text(declared: Deployment, name: str) -> str:
    found = resolved(declared).service(name).container_definitions
    assert found is not None
    return found


def variables(*services: Service) -> dict[str, str]:
    return {variable["name"]: variable["value"] for variable in container(*services)["environment"]}


def test_a_container_sets_every_field_that_ecs_would_fill_with_a_default() -> None:
    users = service("users", container_port=7072)

    assert container(service("orders", calls=("users",)), users) == {
        "name": "orders",
        "image": "999988887777.dkr.ecr.eu-west-1.amazonaws.com/colonnade-test-orders:1.0.0",
        "cpu": 0,
        "essential": True,
        "environment": [
            {"name": "DRAIN_SECONDS", "value": "20"},
            {"name": "HOST", "value": "0.0.0.0"},  # noqa: S104 - the address that the container listens on
            {"name": "PATH_PREFIX", "value": "/orders"},
            {"name": "PORT", "value": "8080"},
            {"name": "SERVICE_URL", "value": "http://users.shop:7072"},
            {"name": "USERS_URL", "value": "http://users.shop:7072"},
        ],
        "portMappings": [{"containerPort": 8080, "hostPort": 8080, "protocol": "tcp"}],
        "logConfiguration": {
            "logDriver": "awslogs",
            "options": {
                "awslogs-group": "/colonnade/test/shop/orders",
                "awslogs-region": "eu-west-1",
                "awslogs-stream-prefix": "orders",
                "max-buffer-size": "25m",
                "mode": "non-blocking",
            },
        },
        "mountPoints": [],
        "readonlyRootFilesystem": True,
        "stopTimeout": 30,
        "systemControls": [],
        "volumesFrom": [],
    }


def test_the_image_is_from_a_repository_or_public_and_has_the_environments_tag() -> None:
    own = container(service("orders"))["image"]
    other = container(service("orders", image_name="shop-orders"))["image"]
    public = container(service("orders", public_image="registry.example.com/a/hello"))["image"]

    assert own == "999988887777.dkr.ecr.eu-west-1.amazonaws.com/colonnade-test-orders:1.0.0"
    assert other == "999988887777.dkr.ecr.eu-west-1.amazonaws.com/colonnade-test-shop-orders:1.0.0"
    assert public == "registry.example.com/a/hello:1.0.0"


def test_a_service_without_a_prefix_serves_the_root() -> None:
    lonely = Service(name="orders", container_port=8080)
    found = parsed(deployment(lonely, default_action=ForwardTo(service="orders")), "orders")

    assert {"name": "PATH_PREFIX", "value": ""} in found["environment"]


def test_a_service_without_calls_has_no_url_variable() -> None:
    assert set(variables(service())) == {"PORT", "HOST", "PATH_PREFIX", "DRAIN_SECONDS"}


def test_each_callee_has_a_variable_of_its_name_and_the_first_is_service_url_too() -> None:
    caller = service("orders", calls=("users", "price-list"))
    found = variables(caller, service("users"), service("price-list", container_port=9000))

    assert found["SERVICE_URL"] == "http://users.shop:8080"
    assert found["USERS_URL"] == "http://users.shop:8080"
    assert found["PRICE_LIST_URL"] == "http://price-list.shop:9000"


def test_a_callee_added_in_front_renames_no_variable_of_the_others() -> None:
    callees = (service("users"), service("price-list"))
    before = variables(service("orders", calls=("users",)), *callees)
    after = variables(service("orders", calls=("price-list", "users")), *callees)

    assert after["USERS_URL"] == before["USERS_URL"]


def test_a_service_may_declare_a_writable_root_filesystem() -> None:
    assert container(service(read_only_root_filesystem=False))["readonlyRootFilesystem"] is False


def test_the_json_does_not_depend_on_the_order_of_the_services() -> None:
    orders, users = service("orders", calls=("users",)), service("users")
    one, other = (text(deployment(*services), "orders") for services in ((orders, users), (users, orders)))

    assert one == other
    assert json.dumps(json.loads(one), sort_keys=True) == one

"""Routed services, internal services and workers: the three kinds, and the refusals of each."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from colonnade.model.deployment.declaration import ForwardTo
from colonnade.model.service.container import ContainerHealthCheck
from colonnade.model.service.declaration import Service
from colonnade.model.service.health_check import HealthCheck
from tests.support.specs import deployment, problems_of, resolved, service

CHECK = ContainerHealthCheck(command=("python", "-m", "catalog.health"))
CATALOG = Service(name="catalog", container_port=8081, container_health_check=CHECK)
MAILER = Service(name="mailer", container_port=None)
ORDERS = service("orders", calls=("catalog",))


def test_internal_services_and_workers_are_allowed() -> None:
    assert problems_of(deployment(ORDERS, CATALOG, replace(MAILER, calls=("catalog",)))) == []


def test_a_service_without_a_prefix_may_be_the_default_actions() -> None:
    lonely = Service(name="orders", container_port=8080)

    assert problems_of(deployment(lonely, default_action=ForwardTo(service="orders"))) == []


def test_a_service_that_nothing_reaches_is_refused_with_the_three_fixes() -> None:
    assert problems_of(deployment(service("orders"), CATALOG)) == [
        "deployment 'shop', service 'catalog': has a container_port, but no path prefix, is not the default action's "
        "service, and no service calls it: it would never receive a request\n"
        "    give it a path prefix, name it in the calls of a service, or declare container_port=None if it is a worker"
    ]


def test_an_internal_service_without_a_container_health_check_is_refused_with_one_as_the_fix() -> None:
    assert problems_of(deployment(ORDERS, replace(CATALOG, container_health_check=None))) == [
        "deployment 'shop', service 'catalog': is reached only by 'orders', and has no container health check: ECS "
        "would not notice that its tasks fail\n"
        "    declare a command of its image that checks it, such as "
        'container_health_check=ContainerHealthCheck(command=("python", "-m", "catalog.health"))'
    ]


def test_an_internal_service_without_a_namespace_is_refused_once() -> None:
    (problem,) = problems_of(deployment(ORDERS, CATALOG, namespace=None))

    assert "has no namespace" in problem


@pytest.mark.parametrize(
    ("fields", "default", "fix"),
    [
        ({"path_prefix": "/mail"}, None, "give it a container_port, or remove the path prefix"),
        ({}, ForwardTo(service="mailer"), "give it a container_port, or the deployment another default action"),
    ],
)
def test_a_worker_that_requests_are_forwarded_to_is_refused(
    fields: dict[str, Any], default: ForwardTo | None, fix: str
) -> None:
    action = {} if default is None else {"default_action": default}
    (problem,) = problems_of(deployment(replace(MAILER, **fields), **action))

    assert "has no container_port" in problem or "no container_port" in problem
    assert fix in problem


def test_a_call_to_a_worker_is_refused() -> None:
    assert problems_of(deployment(service("orders", calls=("mailer",)), MAILER)) == [
        "deployment 'shop', service 'orders': calls 'mailer', a worker: without a container_port it listens on no "
        "port\n"
        "    give 'mailer' a container_port, or remove it from the calls"
    ]


@pytest.mark.parametrize("reached", [CATALOG, MAILER], ids=["internal", "worker"])
@pytest.mark.parametrize(
    "fields",
    [
        {"health_check_path": "/ready"},
        {"health_check_matcher": "200-299"},
        {"health_check_port": 9000},
        {"health_check_protocol": "HTTPS"},
        {
            "health_check": HealthCheck(
                interval_seconds=10, timeout_seconds=5, healthy_threshold=2, unhealthy_threshold=2
            )
        },
        {"health_check_grace_seconds": 90},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_a_health_check_that_no_load_balancer_makes_is_refused(reached: Service, fields: dict[str, Any]) -> None:
    (problem,) = problems_of(
        deployment(
            ORDERS,
            CATALOG if reached is MAILER else replace(CATALOG, **fields),
            *([replace(MAILER, **fields)] if reached is MAILER else []),
        )
    )

    assert problem.startswith(
        f"deployment 'shop', service '{reached.name}': {next(iter(fields))} has no effect: the load balancer does not "
        "forward to the service"
    )


def test_a_worker_may_declare_the_variable_port_that_others_get() -> None:
    assert problems_of(deployment(replace(MAILER, variables={"PORT": "25"}))) == []
    (problem,) = problems_of(deployment(service("orders", variables={"PORT": "25"})))
    assert "variables.PORT is set by Colonnade" in problem


def test_a_service_of_unknown_calls_is_not_a_reason_to_refuse_an_internal_one() -> None:
    problems = problems_of(deployment(service("orders", calls=3), CATALOG))

    assert [each for each in problems if "'catalog'" in each] == []


def test_what_a_service_without_a_target_group_does_not_have_is_none() -> None:
    found = resolved(deployment(ORDERS, CATALOG, replace(MAILER, calls=("catalog",))))
    orders, catalog, mailer = found.services
    nothing = ("target_group_name", "health_check_path", "health_check_matcher", "health_check", "priority")

    assert [getattr(each, field) for each in (catalog, mailer) for field in nothing] == [None] * 10
    assert (orders.dns_name, catalog.dns_name, mailer.dns_name) == ("orders.shop", "catalog.shop", None)
    assert [(edge.caller, edge.callee, edge.port) for edge in found.edges] == [
        ("orders", "catalog", 8081),
        ("mailer", "catalog", 8081),
    ]
    assert orders.environment_variables["CATALOG_URL"] == "http://catalog.shop:8081"
    assert "PORT" not in mailer.environment_variables
    assert mailer.environment_variables.keys() >= {"HOST", "PATH_PREFIX", "DRAIN_SECONDS"}


def test_every_value_of_each_kind_has_a_source() -> None:
    for each in resolved(deployment(ORDERS, CATALOG, MAILER)).services:
        assert each.sources.keys() >= {"container_port", "health_check_port", "health_check_protocol", "dns_name"}

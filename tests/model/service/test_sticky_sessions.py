"""Sticky sessions of a service: refused where the load balancer does not forward to it, and in a migration."""

from __future__ import annotations

from colonnade.model.deployment.declaration import ForwardTo
from colonnade.model.migration.phases import Migration
from colonnade.model.service.container import ContainerHealthCheck
from colonnade.model.service.declaration import Service
from tests.support.specs import deployment, problems_of, resolved, service

STICKY = service(sticky_session_seconds=604_800)
HEALTHY = ContainerHealthCheck(command=("true",))


def test_a_service_with_a_prefix_or_the_default_action_may_be_sticky() -> None:
    assert resolved(deployment(STICKY)).service("orders").sticky_session_seconds == 604_800
    only = Service(name="web", container_port=8080, sticky_session_seconds=1)
    assert problems_of(deployment(only, default_action=ForwardTo(service="web"))) == []


def test_a_service_that_only_others_call_is_refused() -> None:
    inside = Service(name="stock", container_port=8080, sticky_session_seconds=60, container_health_check=HEALTHY)
    (problem,) = problems_of(deployment(service(calls=("stock",)), inside))
    assert "sticky_session_seconds 60 has no effect: the load balancer does not forward to the service" in problem


def test_a_service_of_a_migration_is_refused() -> None:
    migration = Migration(monolith="api", microservices=("users",))
    api, users = service("api"), service("users", "/api/users", sticky_session_seconds=60)
    assert "distort" in "".join(problems_of(deployment(api, users, migration=migration)))

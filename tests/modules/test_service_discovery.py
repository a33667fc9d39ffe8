"""Tests of names inside the VPC: one namespace, one discovery service per service, A records."""

from __future__ import annotations

import pytest

from tests.support.project import SERVICES as DEPLOYMENT
from tests.support.synth import synthesized

pytestmark = pytest.mark.synth


def test_the_namespace_is_private_to_the_vpc() -> None:
    stack = synthesized()["services"]
    namespace = stack.only("aws_service_discovery_private_dns_namespace")
    assert namespace == {"name": "services", "vpc": f"${{{stack.address('aws_vpc')}.id}}"}


@pytest.mark.parametrize("service", [service.name for service in DEPLOYMENT.services])
def test_each_service_has_a_name_that_resolves_to_all_its_tasks(service: str) -> None:
    stack = synthesized("prod")["services"]
    discovery = stack.only("aws_service_discovery_service", f"namespace_{service}_")
    namespace = stack.address("aws_service_discovery_private_dns_namespace")
    assert discovery["name"] == service
    assert discovery["dns_config"] == {
        "namespace_id": f"${{{namespace}.id}}",
        "dns_records": [{"type": "A", "ttl": 10}],
        "routing_policy": "MULTIVALUE",
    }
    assert discovery["force_destroy"] is True
    registry = stack.address("aws_service_discovery_service", f"namespace_{service}_")
    ecs_service = stack.only("aws_ecs_service", f"{service}_service_")
    assert ecs_service["service_registries"] == {"registry_arn": f"${{{registry}.arn}}"}

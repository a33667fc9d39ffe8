"""The declaration of product_user: two services of one public image in a network with explicit blocks."""

from __future__ import annotations

import json

import pytest

from colonnade.model.deployment.declaration import FixedResponse
from colonnade.model.network.plan import NetworkPlan
from colonnade.model.service.health_check import HealthCheck
from tests.support.project import PRODUCT_USER as DEPLOYMENT
from tests.support.project import PROJECT
from tests.support.specs import resolved


@pytest.mark.parametrize("environment", PROJECT.environment_names())
def test_each_service_has_two_tasks_on_port_3000_behind_its_prefix_in_every_environment(environment: str) -> None:
    found = resolved(DEPLOYMENT, PROJECT.environment(environment))

    assert [(each.name, each.container_port, each.path_patterns, each.desired_count) for each in found.services] == [
        ("product-svc", 3000, ("/product-svc", "/product-svc/*"), 2),
        ("user-svc", 3000, ("/user-svc", "/user-svc/*"), 2),
    ]


def test_each_task_has_a_quarter_of_a_cpu_and_a_gibibyte() -> None:
    assert {(each.cpu_units, each.memory_mib) for each in DEPLOYMENT.services} == {(256, 1024)}


def test_both_services_run_one_image_from_a_public_registry() -> None:
    found = resolved(DEPLOYMENT, PROJECT.environment("sandbox"))
    images = {json.loads(each.container_definitions or "")[0]["image"] for each in found.services}

    assert images == {"registry.example.com/colonnade/hello:1.0.0"}


def test_both_services_have_a_health_check_every_10_seconds_with_their_own_thresholds() -> None:
    found = resolved(DEPLOYMENT, PROJECT.environment("sandbox"))

    assert {(each.health_check_path, each.health_check) for each in found.services} == {
        ("/health", HealthCheck(interval_seconds=10, timeout_seconds=5, healthy_threshold=3, unhealthy_threshold=2))
    }


def test_zones_depend_on_the_environments_region_and_blocks_do_not() -> None:
    network = resolved(DEPLOYMENT, PROJECT.environment("prod")).network

    assert isinstance(network, NetworkPlan)
    assert network.zone_names == ("eu-west-1a", "eu-west-1b")
    assert (network.vpc_cidr, network.nat) == ("10.0.0.0/16", "single")
    assert network.public_cidrs == ("10.0.0.0/24", "10.0.1.0/24")
    assert network.private_cidrs == ("10.0.2.0/24", "10.0.3.0/24")


def test_a_path_that_no_service_owns_is_not_found() -> None:
    assert DEPLOYMENT.default_action == FixedResponse(
        status_code=404, content_type="text/plain", message_body="Not Found"
    )

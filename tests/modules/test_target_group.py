"""Tests of target groups: targets, health checks, and replacement."""

from __future__ import annotations

import pytest

from colonnade.model.deployment.declaration import Deployment
from colonnade.model.service.declaration import Service
from tests.support.synth import every_public_service, synthesized

pytestmark = pytest.mark.synth


@every_public_service
def test_targets_are_ip_addresses_with_health_checks_on_their_own_port(
    deployment: Deployment, service: Service
) -> None:
    group = synthesized("prod")[deployment.name].only("aws_lb_target_group", f"{service.name}_service_")
    assert (group["target_type"], group["protocol"], group["port"]) == ("ip", "HTTP", 80)
    assert group["deregistration_delay"] == "30"
    check = group["health_check"]
    assert (check["path"], check["protocol"], check["port"]) == ("/health", "HTTP", "traffic-port")
    assert check["matcher"] == "200"


@pytest.mark.parametrize(
    ("deployment", "service", "thresholds"),
    [("services", "service1", (2, 3)), ("single_service", "service3", (2, 3)), ("product_user", "user-svc", (3, 2))],
)
def test_health_check_thresholds_are_those_of_the_service_or_the_environment(
    deployment: str, service: str, thresholds: tuple[int, int]
) -> None:
    check = synthesized("prod")[deployment].only("aws_lb_target_group", f"{service}_service_")["health_check"]
    assert (check["interval"], check["timeout"]) == (10, 5)
    assert (check["healthy_threshold"], check["unhealthy_threshold"]) == thresholds


@every_public_service
def test_a_replacement_is_created_first_and_another_name_alone_replaces_nothing(
    deployment: Deployment, service: Service
) -> None:
    group = synthesized()[deployment.name].only("aws_lb_target_group", f"{service.name}_service_")
    assert group["lifecycle"] == {"create_before_destroy": True, "ignore_changes": ["name", "name_prefix"]}


@every_public_service
def test_the_name_contains_deployment_and_service(deployment: Deployment, service: Service) -> None:
    group = synthesized()[deployment.name].only("aws_lb_target_group", f"{service.name}_service_")
    start, _, digest = group["name"].rpartition("-")
    shortened = start.removesuffix(f"-{service.name}")
    assert shortened != start
    assert deployment.name.replace("_", "-").startswith(shortened)
    assert len(digest) == 8

"""Claims about target groups: how targets are reached and judged, and how a group is replaced."""

from __future__ import annotations

import pytest

from deployments.services import DEPLOYMENT
from tests.support.synth import synthesized

pytestmark = pytest.mark.synth


@pytest.mark.parametrize("service", [service.name for service in DEPLOYMENT.services])
def test_targets_are_addresses_that_are_checked_on_their_own_port_with_the_environments_timing(service: str) -> None:
    group = synthesized("prod")["services"].only("aws_lb_target_group", f"{service}_service_")
    assert (group["target_type"], group["protocol"], group["port"]) == ("ip", "HTTP", 80)
    assert group["deregistration_delay"] == "30"
    assert group["health_check"] == {
        "path": "/health",
        "protocol": "HTTP",
        "port": "traffic-port",
        "matcher": "200",
        "interval": 10,
        "timeout": 5,
        "healthy_threshold": 2,
        "unhealthy_threshold": 3,
    }


@pytest.mark.parametrize("service", [service.name for service in DEPLOYMENT.services])
def test_a_group_that_must_be_replaced_has_its_successor_first(service: str) -> None:
    group = synthesized()["services"].only("aws_lb_target_group", f"{service}_service_")
    assert group["lifecycle"] == {"create_before_destroy": True}
    assert "name" not in group
    assert len(group["name_prefix"]) <= 6

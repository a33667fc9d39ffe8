"""A service's own health check: its values must be in the ranges that a target group allows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from colonnade.model.errors import out_of_range
from colonnade.model.service.health_check import HealthCheck
from tests.support.specs import deployment, problems_of, resolved, service

OWN = HealthCheck(interval_seconds=300, timeout_seconds=120, healthy_threshold=10, unhealthy_threshold=10)


def test_the_longest_and_the_shortest_health_check_pass() -> None:
    shortest = HealthCheck(interval_seconds=5, timeout_seconds=2, healthy_threshold=2, unhealthy_threshold=2)

    assert problems_of(deployment(service("one", health_check=OWN), service("two", health_check=shortest))) == []


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"interval_seconds": 301}, out_of_range("health_check.interval_seconds", 301, 5, 300)),
        ({"timeout_seconds": 1}, out_of_range("health_check.timeout_seconds", 1, 2, 120)),
        ({"healthy_threshold": 1}, out_of_range("health_check.healthy_threshold", 1, 2, 10)),
        ({"unhealthy_threshold": 11}, out_of_range("health_check.unhealthy_threshold", 11, 2, 10)),
        (
            {"interval_seconds": 120},
            "health_check.timeout_seconds 120 is not less than health_check.interval_seconds 120\n"
            "    use 119 or less, or a longer interval",
        ),
        (
            {"interval_seconds": "10"},
            "health_check.interval_seconds '10' is not a whole number\n    write it without quotes",
        ),
    ],
)
def test_a_value_that_a_target_group_does_not_allow_is_refused(fields: dict[str, Any], problem: object) -> None:
    declared = deployment(service("orders", health_check=replace(OWN, **fields)))

    assert problems_of(declared) == [f"deployment 'shop', service 'orders': {problem}"]


def test_a_service_without_a_health_check_uses_the_environments() -> None:
    own, usual = service("own", health_check=OWN), service("usual")
    found = resolved(deployment(own, usual))

    assert found.service("own").health_check == OWN
    assert found.service("usual").health_check == HealthCheck(
        interval_seconds=10, timeout_seconds=5, healthy_threshold=2, unhealthy_threshold=2
    )

"""A service's own health check: its values must be in the ranges that a target group allows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from colonnade.model.declared_types import type_faults
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
            next(type_faults("health_check.interval_seconds", int, "10")),
        ),
    ],
)
def test_a_value_that_a_target_group_does_not_allow_is_refused(fields: dict[str, Any], problem: object) -> None:
    declared = deployment(service("orders", health_check=replace(OWN, **fields)))

    assert problems_of(declared) == [f"deployment 'shop', service 'orders': {problem}"]


@pytest.mark.parametrize(
    "matcher",
    ["200", "499", "200,204", "200-299", "200-204,301"],
)
def test_status_codes_and_ranges_of_them_are_a_matcher(matcher: str) -> None:
    assert problems_of(deployment(service(health_check_matcher=matcher))) == []


@pytest.mark.parametrize("matcher", ["", "2xx", "199", "500", "299-200", "200-500", "200, 204", "200-", "٢٠٠"])
def test_another_matcher_is_refused(matcher: str) -> None:
    assert problems_of(deployment(service(health_check_matcher=matcher))) == [
        f"deployment 'shop', service 'orders': health_check_matcher {matcher!r} is not a list of status codes from 200 "
        "to 499\n"
        "    write it like '200', '200,204' or '200-299'"
    ]


@pytest.mark.parametrize(
    ("port", "problem"),
    [
        (0, out_of_range("health_check_port", 0, 1, 65_535)),
        (8080, "health_check_port 8080 is the container_port, which is checked by default\n    remove it"),
    ],
)
def test_a_port_that_cannot_be_or_is_checked_anyway_is_refused(port: int, problem: object) -> None:
    assert problems_of(deployment(service(health_check_port=port))) == [
        f"deployment 'shop', service 'orders': {problem}"
    ]


def test_a_service_without_a_health_check_uses_the_environments() -> None:
    own, usual = service("own", health_check=OWN), service("usual")
    found = resolved(deployment(own, usual))

    assert found.service("own").health_check == OWN
    assert found.service("usual").health_check == HealthCheck(
        interval_seconds=10, timeout_seconds=5, healthy_threshold=2, unhealthy_threshold=2
    )

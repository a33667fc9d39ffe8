"""Listeners are found at their real ports, under the name of the deployment's URL."""

from __future__ import annotations

from typing import Literal

import pytest

from sandbox.control_plane.snapshot import Listener, LoadBalancer, Snapshot
from sandbox.endpoints import Endpoint, find_endpoints
from sandbox.errors import SandboxError


def _listener(port: int, protocol: Literal["HTTP", "HTTPS"]) -> Listener:
    return Listener(arn=f"listener-{port}", port=port, protocol=protocol, certificate_domains=(), rules=())


_BALANCER = LoadBalancer(
    arn="a",
    name="front",
    dns_name="front.elb.amazonaws.com",
    idle_timeout_seconds=60,
    drop_invalid_header_fields=True,
    listeners=(_listener(443, "HTTPS"), _listener(80, "HTTP")),
)
_PORTS = {"listener-80": 40080, "listener-443": 40443}


def test_listeners_come_by_their_ports_on_aws() -> None:
    found = find_endpoints(Snapshot(load_balancers=(_BALANCER,)), _PORTS, url="https://app.a.localhost")
    assert found.urls() == ("http://app.a.localhost:40080/", "https://app.a.localhost:40443/")
    assert found.listener("https") == Endpoint(scheme="https", aws_port=443, port=40443)


def test_without_a_url_the_load_balancers_own_name_is_used() -> None:
    found = find_endpoints(Snapshot(load_balancers=(_BALANCER,)), _PORTS, url=None)
    assert found.host == "front.elb.amazonaws.com"


def test_a_deployment_without_a_load_balancer_has_no_urls() -> None:
    found = find_endpoints(Snapshot(), {}, url=None)
    assert found.urls() == ()
    with pytest.raises(SandboxError, match="no http listener"):
        found.listener("http")


def test_two_load_balancers_are_refused() -> None:
    with pytest.raises(SandboxError, match="2 load balancers"):
        find_endpoints(Snapshot(load_balancers=(_BALANCER, _BALANCER)), _PORTS, url=None)

"""The endpoints have the listeners' real ports and the name in their certificate."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Literal

import pytest

from colonnade_sandbox.control_plane.snapshot import Listener, LoadBalancer, Snapshot
from colonnade_sandbox.errors import SandboxError
from colonnade_sandbox.session.endpoints import Endpoint, Endpoints, find_endpoints


def _listener(port: int, protocol: Literal["HTTP", "HTTPS"]) -> Listener:
    domains = ("app.a.localhost", "*.app.a.localhost") if protocol == "HTTPS" else ()
    return Listener(arn=f"listener-{port}", port=port, protocol=protocol, certificate_domains=domains, rules=())


_BALANCER = LoadBalancer(
    arn="a",
    name="front",
    dns_name="front.elb.amazonaws.com",
    idle_timeout_seconds=60,
    drop_invalid_header_fields=True,
    listeners=(_listener(443, "HTTPS"), _listener(80, "HTTP")),
)
_PORTS = {"listener-80": 40080, "listener-443": 40443}


def test_listeners_are_sorted_by_their_ports_on_aws() -> None:
    found = find_endpoints(Snapshot(load_balancers=(_BALANCER,)), _PORTS)
    assert found.urls() == ("http://app.a.localhost:40080/", "https://app.a.localhost:40443/")
    assert found.listener("https") == Endpoint(scheme="https", aws_port=443, port=40443)


def test_without_a_certificate_the_load_balancers_dns_name_is_used() -> None:
    plain = replace(_BALANCER, listeners=(_listener(80, "HTTP"),))
    found = find_endpoints(Snapshot(load_balancers=(plain,)), _PORTS)
    assert found.host == "front.elb.amazonaws.com"


def test_a_listener_that_was_deleted_meanwhile_is_left_out() -> None:
    found = find_endpoints(Snapshot(load_balancers=(_BALANCER,)), {"listener-80": 40080})
    assert [listener.aws_port for listener in found.listeners] == [80]


def test_endpoints_read_from_a_session_file_are_equal_to_the_written_ones() -> None:
    found = find_endpoints(Snapshot(load_balancers=(_BALANCER,)), _PORTS)
    assert Endpoints.from_facts(json.loads(json.dumps(found.as_facts()))) == found


def test_a_deployment_without_a_load_balancer_has_no_urls() -> None:
    found = find_endpoints(Snapshot(), {})
    assert found.urls() == ()
    with pytest.raises(SandboxError, match="no http listener"):
        found.listener("http")


def test_two_load_balancers_are_refused() -> None:
    with pytest.raises(SandboxError, match="2 load balancers"):
        find_endpoints(Snapshot(load_balancers=(_BALANCER, _BALANCER)), _PORTS)

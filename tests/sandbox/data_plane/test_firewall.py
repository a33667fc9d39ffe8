"""Connections that security groups close time out: health checks, requests, and clients. Open connections stay."""

from __future__ import annotations

import http.client
import socket
from dataclasses import replace

import pytest

from colonnade.security_groups.network import Rule, SecurityGroup
from colonnade_sandbox.control_plane.snapshot import Snapshot, TaskNetwork
from colonnade_sandbox.data_plane import firewall
from colonnade_sandbox.data_plane.server import DataPlane
from tests.support.http_client import ask, connect, get
from tests.support.http_targets import HttpTarget, HttpTargets
from tests.support.load_balancer_snapshots import CHECK, forward, listener, snapshot, target_group
from tests.support.waiting import wait_until

ALL = Rule(protocol="-1", groups=frozenset({"sg-lb", "sg-task"}))
TASK = TaskNetwork(security_groups=("sg-task",))
CLIENTS = Rule(protocol="tcp", first_port=80, last_port=80)


@pytest.fixture
def target(targets: HttpTargets) -> HttpTarget:
    return targets.serve_text("ok")


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    assert firewall.CONNECT_TIMEOUT_SECONDS == 10
    monkeypatch.setattr(firewall, "CONNECT_TIMEOUT_SECONDS", 1.0)
    monkeypatch.setattr(firewall, "_SYN_AGAIN_SECONDS", (0.1, 0.2, 0.4))


def served(
    target: HttpTarget, *, ingress: tuple[Rule, ...] = (ALL,), clients: tuple[Rule, ...] = (CLIENTS,)
) -> Snapshot:
    """Return a load balancer that forwards to the target, with the rules of the target's and of its own group."""
    return snapshot(
        listener(default=forward(group=1)),
        groups=(target_group("group", target.target, check=replace(CHECK, unhealthy_threshold=1)),),
        security_groups=(
            SecurityGroup(id="sg-lb", egress=(ALL,), ingress=clients),
            SecurityGroup(id="sg-task", ingress=ingress),
        ),
    )


def health(data_plane: DataPlane) -> tuple[str, str, str]:
    (found,) = data_plane.target_health()["group"]
    return found.state, found.reason, found.description


@pytest.mark.usefixtures("seconds")
def test_a_closed_port_is_a_connection_timeout_and_open_connections_stay(
    data_plane: DataPlane, target: HttpTarget
) -> None:
    interfaces = {target.target.address: TASK}
    data_plane.update(served(target), interfaces)
    port = data_plane.ports()["listener-80"]
    assert get(port).body == b"ok"
    wait_until(lambda: health(data_plane)[0] == "healthy")
    data_plane.update(served(target, ingress=()), interfaces)
    assert get(port).status == 200, "the load balancer keeps its connection to the target"
    wait_until(lambda: health(data_plane) == ("unhealthy", "Target.Timeout", "Request timed out"))
    checks = len(target.health_checks)
    held = connect(port)
    held.request("GET", "/")  # it takes the kept connection
    assert held.getresponse().read() == b"ok"
    assert len(target.health_checks) == checks
    data_plane.update(served(target), interfaces)
    wait_until(lambda: health(data_plane)[0] == "healthy")
    held.close()


@pytest.mark.usefixtures("seconds")
def test_a_request_that_needs_a_new_connection_gets_504_or_continues_when_the_port_opens(
    data_plane: DataPlane, target: HttpTarget
) -> None:
    interfaces = {target.target.address: TASK}
    data_plane.update(served(target, ingress=()), interfaces)
    port = data_plane.ports()["listener-80"]
    assert get(port).status == 504
    waiting = connect(port)
    waiting.request("GET", "/")
    data_plane.update(served(target), interfaces)
    response = waiting.getresponse()
    assert (response.status, response.read()) == (200, b"ok")
    waiting.close()
    assert target.requests != []


def test_a_target_that_is_no_task_is_limited_by_the_load_balancers_group_alone(
    data_plane: DataPlane, target: HttpTarget
) -> None:
    data_plane.update(served(target, ingress=()))
    wait_until(lambda: health(data_plane)[1] == "Target.Timeout")


def test_a_client_of_a_closed_port_gets_no_connection_and_one_that_is_connected_stays(
    data_plane: DataPlane, target: HttpTarget
) -> None:
    data_plane.update(served(target), {target.target.address: TASK})
    port = data_plane.ports()["listener-80"]
    before = connect(port)
    assert ask(before).status == 200
    for _ in range(2):  # a second update does not change a closed listener
        data_plane.update(served(target, clients=()), {target.target.address: TASK})
        with pytest.raises(TimeoutError):
            socket.create_connection(("127.0.0.1", port), timeout=0.5)
    assert ask(before).status == 200
    before.close()
    with socket.socket() as waiting:
        waiting.setblocking(False)
        waiting.connect_ex(("127.0.0.1", port))
        data_plane.update(served(target), {target.target.address: TASK})
        assert get(port).status == 200
    data_plane.update(served(target, clients=()), {target.target.address: TASK})
    with pytest.raises(TimeoutError):
        http.client.HTTPConnection("127.0.0.1", port, timeout=0.5).request("GET", "/")

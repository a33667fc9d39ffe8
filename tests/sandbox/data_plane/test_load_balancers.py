"""Changes of listeners, targets and protocols while requests are in progress."""

from __future__ import annotations

import asyncio
import errno
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace

import pytest
from aiohttp import web

from colonnade_sandbox.control_plane.snapshot import Snapshot, Target
from colonnade_sandbox.data_plane.server import DataPlane
from tests.support.http_client import ask, connect, get
from tests.support.http_targets import HttpTargets
from tests.support.load_balancer_snapshots import forward, listener, snapshot, target_group
from tests.support.waiting import wait_until

pytestmark = pytest.mark.sandbox  # waits for real processes and sockets


def forwarding_to(*targets: Target) -> Snapshot:
    group = target_group("group", *targets, deregistration_delay_seconds=1)
    return snapshot(listener(default=forward(group=1)), groups=(group,))


def states(data_plane: DataPlane) -> dict[str, str]:
    return {health.address: health.state for health in data_plane.target_health()["group"]}


def test_a_draining_target_finishes_its_requests_and_gets_no_new_ones(
    data_plane: DataPlane, targets: HttpTargets
) -> None:
    begun, finish = threading.Event(), threading.Event()

    async def answer(_: web.BaseRequest) -> web.StreamResponse:
        begun.set()
        await asyncio.to_thread(finish.wait, 10)
        return web.Response(text="old")

    old, new = targets.serve(answer), targets.serve_text("new")
    data_plane.update(forwarding_to(old.target))
    connection = connect(data_plane.ports()["listener-80"])
    connection.request("GET", "/")
    assert begun.wait(5)
    data_plane.update(forwarding_to(new.target))
    assert {get(data_plane.ports()["listener-80"]).body for _ in range(5)} == {b"new"}
    assert states(data_plane)[old.target.address] == "draining"
    finish.set()
    assert connection.getresponse().read() == b"old"
    wait_until(lambda: states(data_plane) == {new.target.address: "healthy"})
    connection.close()


def test_a_listener_that_gets_another_port_refuses_connections_to_the_former_one(data_plane: DataPlane) -> None:
    data_plane.update(snapshot(listener(port=80)))
    former = data_plane.ports()["listener-80"]
    data_plane.update(snapshot(replace(listener(port=80), port=8080)))
    wait_until(lambda: _is_refused(former))
    assert get(data_plane.ports()["listener-80"]).status == 200


def _is_refused(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == errno.ECONNREFUSED


def test_no_request_fails_while_targets_are_replaced_under_load(data_plane: DataPlane, targets: HttpTargets) -> None:
    async def answer(_: web.BaseRequest) -> web.StreamResponse:
        await asyncio.sleep(0.01)
        return web.Response(text="ok")

    serving = [targets.serve(answer), targets.serve(answer)]
    data_plane.update(forwarding_to(*(server.target for server in serving)))
    wait_until(lambda: set(states(data_plane).values()) == {"healthy"})
    started = time.monotonic()
    with load(data_plane.ports()["listener-80"]) as answers:
        for _ in range(3):
            joining = targets.serve(answer)
            data_plane.update(forwarding_to(*(server.target for server in (*serving, joining))))
            wait_until(lambda joined=joining: states(data_plane)[joined.target.address] == "healthy")  # type: ignore[misc]
            leaving = serving.pop(0)
            serving.append(joining)
            data_plane.update(forwarding_to(*(server.target for server in serving)))
            wait_until(lambda left=leaving: left.target.address not in states(data_plane))  # type: ignore[misc]
            targets.stop(leaving.target)
    assert answers.keys() == {(200, b"ok")}
    assert answers[200, b"ok"] / (time.monotonic() - started) > 200


def test_a_killed_target_fails_only_its_requests_in_flight(data_plane: DataPlane, targets: HttpTargets) -> None:
    async def answer(_: web.BaseRequest) -> web.StreamResponse:
        await asyncio.sleep(0.01)
        return web.Response(text="ok")

    killed, staying = targets.serve(answer), targets.serve(answer)
    data_plane.update(forwarding_to(killed.target, staying.target))
    wait_until(lambda: set(states(data_plane).values()) == {"healthy"})
    with load(data_plane.ports()["listener-80"]) as answers:
        time.sleep(0.3)
        targets.stop(killed.target)
        time.sleep(0.3)
    assert answers[200, b"ok"] > 50
    assert sum(answers.values()) - answers[200, b"ok"] <= CLIENTS


def test_listeners_are_added_and_removed_while_others_keep_their_ports_and_connections(data_plane: DataPlane) -> None:
    data_plane.update(snapshot(listener()))
    port = data_plane.ports()["listener-80"]
    connection = connect(port)
    ask(connection)
    local = connection.sock.getsockname()
    data_plane.update(snapshot(listener(), listener(port=8080)))
    added = data_plane.ports()["listener-8080"]
    assert get(added).status == 200
    data_plane.update(snapshot(listener()))
    assert data_plane.ports() == {"listener-80": port}
    with pytest.raises(ConnectionRefusedError):
        get(added)
    assert (ask(connection).status, connection.sock.getsockname()) == (200, local)
    connection.close()


def test_a_request_in_flight_survives_the_deletion_of_its_listener(data_plane: DataPlane, targets: HttpTargets) -> None:
    begun, finish = threading.Event(), threading.Event()

    async def answer(_: web.BaseRequest) -> web.StreamResponse:
        begun.set()
        await asyncio.to_thread(finish.wait, 10)
        return web.Response(text="finished")

    data_plane.update(forwarding_to(targets.serve(answer).target))
    connection = connect(data_plane.ports()["listener-80"])
    connection.request("GET", "/")
    assert begun.wait(5)
    data_plane.update(Snapshot())
    finish.set()
    assert connection.getresponse().read() == b"finished"
    connection.close()


def test_a_listener_keeps_its_port_when_its_protocol_changes(data_plane: DataPlane) -> None:
    data_plane.update(snapshot(listener()))
    before = data_plane.ports()
    data_plane.update(snapshot(listener(certificate_domains=("a.localhost",))))
    assert data_plane.ports() == before
    assert get(before["listener-80"]).status == 400
    data_plane.update(snapshot(listener()))
    assert get(before["listener-80"]).status == 200


CLIENTS = 8


@contextmanager
def load(port: int) -> Iterator[Counter[tuple[int, bytes]]]:
    """Send requests from several clients, each on a kept connection, while the block runs; yield response counts."""
    stop = threading.Event()
    answers: Counter[tuple[int, bytes]] = Counter()

    def send() -> Counter[tuple[int, bytes]]:
        connection = connect(port)
        own: Counter[tuple[int, bytes]] = Counter()
        while not stop.is_set():
            got = ask(connection)
            own[got.status, got.body] += 1
        connection.close()
        return own

    with ThreadPoolExecutor(CLIENTS) as clients:
        running = [clients.submit(send) for _ in range(CLIENTS)]
        try:
            yield answers
        finally:
            stop.set()
        for client in running:
            answers.update(client.result())

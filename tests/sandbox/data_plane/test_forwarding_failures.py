"""Responses to the client when a target or the client itself fails."""

from __future__ import annotations

import asyncio
import http.client
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp import web

from colonnade_sandbox.control_plane.snapshot import Target
from colonnade_sandbox.data_plane import forwarding
from colonnade_sandbox.data_plane.firewall import CONNECT_TIMEOUT_SECONDS
from colonnade_sandbox.data_plane.server import DataPlane
from tests.support.http_client import ask, connect, get
from tests.support.http_targets import HttpTargets, answering
from tests.support.load_balancer_snapshots import Serve, forward, listener, snapshot, target_group
from tests.support.waiting import wait_until


@pytest.mark.parametrize(
    "head",
    [b"not http at all\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", b""],
    ids=["text", "length", "nothing"],
)
def test_a_malformed_answer_is_502(serve: Serve, targets: HttpTargets, head: bytes) -> None:
    got = get(serve(targets.serve_bytes(answering(head, requests=0 if head == b"" else 1))))
    assert (got.status, got.reason, got.values("Server")) == (502, "Bad Gateway", ["awselb/2.0"])
    assert b"<title>502 Bad Gateway</title>" in got.body


@pytest.mark.parametrize(("fields", "status"), [(10, 200), (11, 502), (25, 502)])
def test_an_answer_with_more_than_32_kilobytes_of_headers_is_502(
    serve: Serve, targets: HttpTargets, fields: int, status: int
) -> None:
    head = b"".join(b"X-%02d: %s\r\n" % (number, b"v" * 3000) for number in range(fields))
    port = serve(targets.serve_bytes(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + head + b"\r\n")))
    assert get(port).status == status


def test_an_answer_with_many_small_headers_is_passed(serve: Serve, targets: HttpTargets) -> None:
    head = b"".join(b"X-%03d: v\r\n" % number for number in range(500))
    port = serve(targets.serve_bytes(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + head + b"\r\n")))
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        got = b"".join(iter(lambda: client.recv(65536), b""))
    assert got.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\nX-499: v\r\n" in got


def test_a_refused_connection_is_502(serve: Serve, targets: HttpTargets) -> None:
    target = targets.serve_text("").target
    targets.stop(target)
    assert get(serve(target)).status == 502


def test_a_refused_connection_fails_no_request_while_another_target_accepts(
    data_plane: DataPlane, targets: HttpTargets
) -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(body=await request.read())

    refusing, accepting = targets.serve_text("").target, targets.serve(answer).target
    targets.stop(refusing)
    data_plane.update(
        snapshot(listener(default=forward(group=1)), groups=(target_group("group", refusing, accepting),))
    )
    connection = connect(data_plane.ports()["listener-80"])
    assert [ask(connection, method="POST", body=b"x").body for _ in range(4)] == [b"x"] * 4
    connection.close()


def test_a_request_that_reached_a_target_is_sent_to_no_other(data_plane: DataPlane, targets: HttpTargets) -> None:
    begun = threading.Event()

    async def answer(_: web.BaseRequest) -> web.StreamResponse:
        begun.set()
        await asyncio.sleep(30)
        return web.Response()

    dying, other = targets.serve(answer), targets.serve_text("other")
    group = target_group("group", dying.target, other.target)
    data_plane.update(snapshot(listener(default=forward(group=1)), groups=(group,)))
    wait_until(lambda: {health.state for health in data_plane.target_health()["group"]} == {"healthy"})
    connection = connect(data_plane.ports()["listener-80"])
    connection.request("GET", "/")
    assert begun.wait(5)
    targets.stop(dying.target)
    assert connection.getresponse().status == 502
    assert other.requests == []
    connection.close()


def test_a_reset_connection_is_502(serve: Serve, targets: HttpTargets) -> None:
    async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.transport.abort()

    assert get(serve(targets.serve_bytes(reset))).status == 502


def test_an_incomplete_response_closes_the_connection_of_the_client(serve: Serve, targets: HttpTargets) -> None:
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nfirst")
        await writer.drain()
        writer.close()

    target = targets.serve_bytes(cut)
    with pytest.raises(http.client.IncompleteRead) as caught:
        get(serve(target))
    assert caught.value.partial == b"first"


def test_no_answer_within_the_idle_timeout_is_504(serve: Serve, targets: HttpTargets) -> None:
    async def answer(_: web.BaseRequest) -> web.StreamResponse:
        await asyncio.sleep(30)
        return web.Response()

    started = time.monotonic()
    got = get(serve(targets.serve(answer).target, idle_timeout_seconds=1))
    assert (got.status, got.reason) == (504, "Gateway Time-out")
    assert 0.9 < time.monotonic() - started < 5


def test_a_target_that_does_not_accept_a_connection_in_time_is_504(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert CONNECT_TIMEOUT_SECONDS == 10
    monkeypatch.setattr(forwarding, "CONNECT_TIMEOUT_SECONDS", 0.5)
    with socket.socket() as full, socket.socket() as first, socket.socket() as second:
        full.bind(("127.0.7.200", 0))
        full.listen(0)
        for waiting in (first, second):
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        address, port = full.getsockname()
        assert get(serve(Target(address=address, port=port))).status == 504


def test_a_client_that_stops_sending_its_body_gets_408(serve: Serve, targets: HttpTargets) -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(body=await request.read())

    connection = connect(serve(targets.serve(answer).target, idle_timeout_seconds=1))
    connection.putrequest("POST", "/")
    connection.putheader("Content-Length", "10")
    connection.endheaders(b"half")
    assert connection.getresponse().status == 408
    connection.close()


def test_a_slow_upload_does_not_time_out(serve: Serve, targets: HttpTargets) -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(body=await request.read())

    def body() -> Iterator[bytes]:
        for _ in range(4):
            time.sleep(0.4)
            yield b"x"

    connection = connect(serve(targets.serve(answer).target, idle_timeout_seconds=1))
    connection.request("POST", "/", body=body(), headers={"Transfer-Encoding": "chunked"}, encode_chunked=True)
    assert connection.getresponse().read() == b"xxxx"
    connection.close()


@pytest.mark.parametrize("request_", [{}, {"method": "POST", "body": b"x"}], ids=["GET", "POST"])
def test_a_request_on_a_kept_connection_that_the_target_closes_is_502(
    serve: Serve, targets: HttpTargets, request_: dict[str, Any]
) -> None:
    port = serve(targets.serve_bytes(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", requests=1)))
    connection = connect(port)
    assert [ask(connection, **request_).status for _ in range(4)] == [200, 502, 200, 502]
    connection.close()


def test_the_end_of_draining_cuts_a_request_in_progress(
    serve: Serve, targets: HttpTargets, data_plane: DataPlane
) -> None:
    begun = threading.Event()

    async def answer(_: web.BaseRequest) -> web.StreamResponse:
        begun.set()
        await asyncio.sleep(30)
        return web.Response()

    connection = connect(serve(targets.serve(answer).target, delay=1))
    connection.request("GET", "/")
    assert begun.wait(5)
    started = time.monotonic()
    data_plane.update(
        snapshot(listener(default=forward(group=1)), groups=(target_group("group", deregistration_delay_seconds=1),))
    )
    assert [health.state for health in data_plane.target_health()["group"]] == ["draining"]
    assert connection.getresponse().status == 502
    assert 0.9 < time.monotonic() - started < 5
    wait_until(lambda: data_plane.target_health()["group"] == ())
    connection.close()

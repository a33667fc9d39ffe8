"""Forwarding of requests to a target and of responses to the client, over real connections."""

from __future__ import annotations

import asyncio
import gzip
import http.client
import socket
import threading
import time
from collections.abc import Iterator

import pytest
from aiohttp import web

from tests.support.http_client import ask, connect, get
from tests.support.http_targets import HttpTargets, answering
from tests.support.load_balancer_snapshots import Serve


@pytest.mark.parametrize(
    "path", ["/a%2Fb/../c//d?x=%20&y=a+b&z", "/?", "/a?b?c", "/%7Euser/~user", "//two", "/a;b=c,d!$'()*@:"]
)
def test_path_and_query_reach_the_target_as_sent(serve: Serve, targets: HttpTargets, path: str) -> None:
    target = targets.serve_text("")
    get(serve(target.target), path)
    assert target.requests[0].raw_path == path


def test_an_absolute_request_target_reaches_the_target_as_a_path(serve: Serve, targets: HttpTargets) -> None:
    target = targets.serve_text("")
    get(serve(target.target), "http://example.com/a?b")
    assert target.requests[0].raw_path == "/a?b"


def test_the_target_gets_only_the_headers_of_the_client_and_of_the_load_balancer(
    serve: Serve, targets: HttpTargets
) -> None:
    target = targets.serve_text("")
    get(
        serve(target.target), headers={"Host": "services.example.com", "X_Invalid": "1", "X-Forwarded-For": "192.0.2.1"}
    )
    received = dict(target.requests[0].headers)
    assert received.pop("X-Amzn-Trace-Id").startswith("Root=1-")
    assert received == {
        "Host": "services.example.com",
        "Accept-Encoding": "identity",
        "X-Forwarded-For": "192.0.2.1, 127.0.0.1",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Port": "80",
    }


def test_a_request_of_http_1_0_without_a_host_gets_the_name_of_the_load_balancer(
    serve: Serve, targets: HttpTargets
) -> None:
    target = targets.serve_text("ok")
    with socket.create_connection(("127.0.0.1", serve(target.target)), timeout=10) as client:
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        response = http.client.HTTPResponse(client)
        response.begin()
        assert (response.status, response.read()) == (200, b"ok")
    assert target.requests[0].headers["Host"] == "load-balancer.elb.localhost"


def test_custom_methods_reach_the_target_on_a_connection_of_other_requests(serve: Serve, targets: HttpTargets) -> None:
    received: list[bytes] = []

    async def record(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(4) if b"Content-Length: 4\r\n" in head else b""
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            if b" /health " not in head:
                received.append(head.split(b" ")[0] + body)

    connection = connect(serve(targets.serve_bytes(record)))
    for method, body in (("GET", None), ("APPROVE-ORDER", b"body"), ("PROPFIND", None), ("MY_METHOD", None)):
        assert ask(connection, method=method, body=body).status == 200
    connection.close()
    assert received == [b"GET", b"APPROVE-ORDERbody", b"PROPFIND", b"MY_METHOD"]


def test_invalid_header_fields_pass_when_the_load_balancer_does_not_drop_them(
    serve: Serve, targets: HttpTargets
) -> None:
    target = targets.serve_text("")
    get(serve(target.target, drop_invalid=False), headers={"X_Invalid": "1"})
    assert target.requests[0].headers["X_Invalid"] == "1"


def test_the_client_gets_the_targets_answer_unchanged(serve: Serve, targets: HttpTargets) -> None:
    body = gzip.compress(b"hello")

    async def answer(_: web.BaseRequest) -> web.StreamResponse:
        response = web.Response(status=302, reason="Over There", body=body)
        response.headers.update({"Location": "/elsewhere", "Content-Encoding": "gzip", "Server": "its-own"})
        response.headers.extend([("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")])
        return response

    target = targets.serve(answer)
    got = get(serve(target.target))
    assert (got.status, got.reason, got.body) == (302, "Over There", body)
    assert got.values("Set-Cookie") == ["a=1", "b=2"]
    assert (got.values("Location"), got.values("Server")) == (["/elsewhere"], ["its-own"])


@pytest.mark.parametrize(("idle_timeout_seconds", "connections"), [(1, 2), (60, 1)])
def test_a_connection_to_a_target_is_kept_for_the_idle_timeout(
    serve: Serve, targets: HttpTargets, idle_timeout_seconds: int, connections: int
) -> None:
    target = targets.serve_text("")
    port = serve(target.target, idle_timeout_seconds=idle_timeout_seconds)
    get(port)
    time.sleep(2)
    get(port)
    assert len(target.connections) == connections


def test_only_the_date_is_added_to_a_response(serve: Serve, targets: HttpTargets) -> None:
    target = targets.serve_bytes(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-One: 1\r\n\r\nok"))
    got = get(serve(target))
    assert [name for name, _ in got.headers] == ["Content-Length", "X-One", "Date"]
    assert got.body == b"ok"


def test_cookies_of_one_client_do_not_reach_the_target_with_anothers_request(
    serve: Serve, targets: HttpTargets
) -> None:
    async def answer(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(headers={"Set-Cookie": "session=1; Path=/"})

    target = targets.serve(answer)
    port = serve(target.target)
    get(port)
    get(port)
    assert "Cookie" not in target.requests[1].headers


@pytest.mark.parametrize(
    ("method", "head", "length"),
    [
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n", ["1234"]),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n", []),
        ("GET", b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n', []),
    ],
)
def test_answers_without_a_body_leave_the_connection_usable(
    serve: Serve, targets: HttpTargets, method: str, head: bytes, length: list[str]
) -> None:
    connection = connect(serve(targets.serve_bytes(answering(head))))
    for _ in range(2):
        got = ask(connection, method=method)
        assert (got.status, got.body, got.values("Content-Length")) == (int(head.split()[1]), b"", length)
    connection.close()


def test_the_first_bytes_of_an_answer_arrive_while_the_target_still_writes(serve: Serve, targets: HttpTargets) -> None:
    finish = threading.Event()

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        await response.write(b"first")
        await asyncio.to_thread(finish.wait, 10)
        await response.write(b"last")
        return response

    connection = connect(serve(targets.serve(answer).target))
    connection.request("GET", "/")
    response = connection.getresponse()
    assert response.read1() == b"first"
    assert not finish.is_set()
    finish.set()
    assert response.read() == b"last"
    assert response.headers["Transfer-Encoding"] == "chunked"
    connection.close()


@pytest.mark.parametrize("length", [None, "9"])
def test_the_first_bytes_of_an_upload_arrive_while_the_client_still_sends(
    serve: Serve, targets: HttpTargets, length: str | None
) -> None:
    received = threading.Event()

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        first = await request.content.readany()
        received.set()
        return web.Response(body=first + await request.content.read())

    target = targets.serve(answer)

    def body() -> Iterator[bytes]:
        yield b"first"
        assert received.wait(10)
        yield b"last"

    connection = connect(serve(target.target))
    headers = {"Content-Length": length} if length is not None else {"Transfer-Encoding": "chunked"}
    connection.request("POST", "/", body=body(), headers=headers, encode_chunked=length is None)
    assert connection.getresponse().read() == b"firstlast"
    assert target.requests[0].headers.get("Content-Length") == length
    connection.close()


def test_a_megabyte_is_forwarded_in_both_directions(serve: Serve, targets: HttpTargets) -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(body=await request.read())

    body = bytes(range(256)) * 4096
    connection = connect(serve(targets.serve(answer).target))
    assert ask(connection, method="PUT", body=body).body == body
    connection.close()


def test_the_load_balancer_responds_to_an_expectation_and_does_not_forward_it(
    serve: Serve, targets: HttpTargets
) -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(body=await request.read())

    target = targets.serve(answer)
    with socket.create_connection(("127.0.0.1", serve(target.target)), timeout=10) as client:
        client.sendall(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert client.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b"ok")
        response = http.client.HTTPResponse(client)
        response.begin()
        assert (response.status, response.read()) == (200, b"ok")
    assert "Expect" not in target.requests[0].headers


def test_connections_to_client_and_target_are_kept(serve: Serve, targets: HttpTargets) -> None:
    target = targets.serve_text("ok")
    connection = connect(serve(target.target))
    local = {ask(connection).status and connection.sock.getsockname() for _ in range(5)}
    assert (len(local), len(target.connections)) == (1, 1)
    connection.close()


def test_a_client_that_disconnects_ends_the_request_at_the_target(serve: Serve, targets: HttpTargets) -> None:
    begun, ended = threading.Event(), threading.Event()

    async def answer(_: web.BaseRequest) -> web.StreamResponse:
        begun.set()
        try:
            await asyncio.sleep(30)
        finally:
            ended.set()
        return web.Response()

    connection = connect(serve(targets.serve(answer).target))
    connection.request("GET", "/")
    assert begun.wait(5)
    connection.close()
    assert ended.wait(5)

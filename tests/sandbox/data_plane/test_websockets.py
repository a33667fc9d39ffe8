"""WebSockets through the load balancer, over real connections: a real server and client, and raw sockets."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from colonnade_sandbox.data_plane.server import DataPlane
from tests.support.http_client import ask, connect, get
from tests.support.http_targets import Conversation, HttpTargets
from tests.support.load_balancer_snapshots import Serve, forward, listener, snapshot, target_group
from tests.support.waiting import wait_until

DOMAIN = "services.colonnade.localhost"
UPGRADE = (
    b"GET /chat?room=1 HTTP/1.1\r\nHost: services.example.com\r\nConnection: keep-alive, Upgrade\r\n"
    b"Upgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
ACCEPT = b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"


async def echo(request: web.BaseRequest) -> web.StreamResponse:
    """Send back each message, compressed if the client offers it, in the subprotocol `chat.v2`."""
    messages = web.WebSocketResponse(protocols=("chat.v2",), max_msg_size=0)
    await messages.prepare(request)
    async for message in messages:
        if message.type is aiohttp.WSMsgType.TEXT:
            await messages.send_str(message.data)
        else:
            await messages.send_bytes(message.data)
    return messages


def accepting(then: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]) -> Conversation:
    """Accept an upgrade and continue with `then` on the raw connection; answer other requests with 200."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if b"Upgrade: websocket" not in head:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        else:
            writer.write(ACCEPT)
            await then(reader, writer)
        writer.close()

    return talk


def upgraded(port: int) -> socket.socket:
    """Return a connection on which the load balancer has passed back status 101."""
    client = socket.create_connection(("127.0.0.1", port), timeout=10)
    client.sendall(UPGRADE)
    assert read_head(client).startswith(b"HTTP/1.1 101 Switching Protocols\r\n")
    return client


def read_head(client: socket.socket) -> bytes:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        byte = client.recv(1)
        assert byte != b"", head
        head += byte
    return head


def read_to_end(client: socket.socket) -> bytes:
    return b"".join(iter(lambda: client.recv(65536), b""))


@pytest.mark.parametrize("scheme", ["ws", "wss"])
def test_messages_subprotocol_and_compression_pass_in_both_directions(
    data_plane: DataPlane, targets: HttpTargets, scheme: str
) -> None:
    served = targets.serve(echo)
    domains, port = ((DOMAIN,), 443) if scheme == "wss" else ((), 80)
    data_plane.update(
        snapshot(
            listener(default=forward(group=1), port=port, certificate_domains=domains),
            groups=(target_group("group", served.target),),
        )
    )
    url = f"{scheme}://127.0.0.1:{data_plane.ports()[f'listener-{port}']}/chat?room=1"
    tls = ssl.create_default_context(cafile=data_plane.certificate_authority_path) if scheme == "wss" else True

    async def talk() -> tuple[str | None, int, list[object]]:
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(
                url, protocols=("chat.v2",), compress=15, max_msg_size=0, ssl=tls, server_hostname=DOMAIN
            ) as messages,
        ):
            await messages.send_str("hello")
            await messages.send_bytes(b"x" * 5_000_000)
            received = [await messages.receive_str(timeout=10), len(await messages.receive_bytes(timeout=10))]
            return messages.protocol, messages.compress, received

    assert asyncio.run(talk()) == ("chat.v2", 15, ["hello", 5_000_000])
    (request,) = served.requests
    assert request.raw_path == "/chat?room=1"
    assert request.headers["X-Forwarded-For"] == "127.0.0.1"
    assert request.headers["X-Forwarded-Proto"] == {"ws": "http", "wss": "https"}[scheme]
    assert request.headers["X-Forwarded-Port"] == str(port)
    assert (request.headers["Connection"], request.headers["Upgrade"]) == ("Upgrade", "websocket")


def test_bytes_that_arrive_with_the_upgrade_are_not_lost(serve: Serve, targets: HttpTargets) -> None:
    async def greet_and_echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")  # with the 101 in one packet
        writer.write(await reader.readexactly(5))

    port = serve(targets.serve_bytes(accepting(greet_and_echo)))
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(UPGRADE + b"early")
        assert b"\r\nConnection: Upgrade\r\n" in (head := read_head(client))
        assert b"Upgrade: websocket\r\n" in head
        assert read_to_end(client) == b"helloearly"


def test_a_target_that_refuses_the_upgrade_answers_as_usual(serve: Serve, targets: HttpTargets) -> None:
    async def refuse(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(status=403, text="no")

    connection = connect(serve(targets.serve(refuse).target))
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket"}
    assert [(ask(connection, headers=upgrade).status) for _ in range(2)] == [403, 403]
    connection.close()


def test_other_upgrades_are_dropped_and_a_101_that_no_client_requested_is_502(
    serve: Serve, targets: HttpTargets
) -> None:
    target = targets.serve_text("plain")
    assert get(serve(target.target), headers={"Connection": "Upgrade", "Upgrade": "h2c"}).body == b"plain"
    assert "Upgrade" not in target.requests[0].headers

    async def accept_anything(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(ACCEPT)

    assert get(serve(targets.serve_bytes(accept_anything))).status == 502


def test_a_fast_sender_waits_for_a_slow_receiver(serve: Serve, targets: HttpTargets) -> None:
    sent, size = 0, 64 * 1024 * 1024

    async def flood(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        while sent < size:
            writer.write(b"x" * 65536)
            await writer.drain()
            sent += 65536

    client = upgraded(serve(targets.serve_bytes(accepting(flood))))
    time.sleep(0.5)
    assert 0 < sent < size / 2, "the load balancer took more than the buffers of the connections"
    assert len(read_to_end(client)) == size
    client.close()


def test_each_direction_ends_on_its_own(serve: Serve, targets: HttpTargets) -> None:
    async def answer_at_the_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write((await reader.read()).upper())

    with upgraded(serve(targets.serve_bytes(accepting(answer_at_the_end)))) as client:
        client.sendall(b"last words")
        client.shutdown(socket.SHUT_WR)
        assert read_to_end(client) == b"LAST WORDS"


def test_a_client_that_closes_ends_the_connection_to_the_target(serve: Serve, targets: HttpTargets) -> None:
    received: list[bytes] = []
    ended = threading.Event()

    async def listen(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        received.append(await reader.read())
        ended.set()

    with upgraded(serve(targets.serve_bytes(accepting(listen)))) as client:
        client.sendall(b"bye")
    assert ended.wait(5)
    assert received == [b"bye"]


def test_a_target_that_dies_ends_the_connection_to_the_client(serve: Serve, targets: HttpTargets) -> None:
    served = targets.serve(echo)
    with upgraded(serve(served.target)) as client:
        targets.stop(served.target)
        assert client.recv(1) == b""


def test_the_idle_timeout_counts_from_the_last_byte_of_either_side(serve: Serve, targets: HttpTargets) -> None:
    async def speak_twice(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(2):
            await asyncio.sleep(0.7)
            writer.write(b".")
        await reader.read()

    with upgraded(serve(targets.serve_bytes(accepting(speak_twice)), idle_timeout_seconds=1)) as client:
        started = time.monotonic()
        assert client.recv(1) == client.recv(1) == b"."
        time.sleep(0.5)
        client.sendall(b"x")
        assert client.recv(1) == b""
        assert 2.7 < time.monotonic() - started < 6


def test_the_end_of_draining_cuts_a_websocket(serve: Serve, targets: HttpTargets, data_plane: DataPlane) -> None:
    client = upgraded(serve(targets.serve(echo).target, delay=1))
    started = time.monotonic()
    data_plane.update(
        snapshot(listener(default=forward(group=1)), groups=(target_group("group", deregistration_delay_seconds=1),))
    )
    assert client.recv(1) == b""
    assert 0.9 < time.monotonic() - started < 5
    wait_until(lambda: data_plane.target_health()["group"] == ())
    client.close()


def test_a_sticky_session_binds_the_upgrade_and_weights_count_it(data_plane: DataPlane, targets: HttpTargets) -> None:
    pair = [targets.serve(echo) for _ in range(2)]
    data_plane.update(
        snapshot(
            listener(default=forward(one=1, none=0)),
            groups=(
                target_group("one", *(each.target for each in pair), sticky_session_seconds=60),
                target_group("none", targets.serve_text("never").target),
            ),
        )
    )
    port = data_plane.ports()["listener-80"]
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(UPGRADE)
        cookie = next(line for line in read_head(client).split(b"\r\n") if line.startswith(b"Set-Cookie: AWSALB="))
    value = cookie.partition(b": ")[2].partition(b";")[0]
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
            client.sendall(UPGRADE.replace(b"\r\n\r\n", b"\r\nCookie: " + value + b"\r\n\r\n"))
            assert b" 101 " in read_head(client)
    assert sorted(len(each.requests) for each in pair) == [0, 4]


def test_the_data_plane_closes_open_websockets_when_it_stops(tmp_path: Path, targets: HttpTargets) -> None:
    plane = DataPlane(certificate_directory=tmp_path)
    plane.start()
    plane.update(
        snapshot(listener(default=forward(group=1)), groups=(target_group("group", targets.serve(echo).target),))
    )
    client = upgraded(plane.ports()["listener-80"])
    started = time.monotonic()
    plane.close()
    assert client.recv(1) == b""
    assert time.monotonic() - started < 5
    client.close()

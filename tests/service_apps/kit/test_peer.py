"""Calls to another service: its answers, its failures, and connections that it has closed."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import Awaitable, Callable

import aiohttp
import pytest

from service_apps.kit import peer as peer_module
from service_apps.kit.peer import Peer, open_client
from service_apps.kit.problems import UpstreamProblem
from tests.support.service_process import HOST, Hold, ServiceProcess, free_port, peer, running

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def _ask(url: str, *, read_seconds: float = 5, total_seconds: float = 5) -> str:
    async def ask() -> str:
        async with open_client(read_seconds=read_seconds) as client:
            return await Peer(client, url, total_seconds=total_seconds).fetch_message("/service2", headers=[])

    return asyncio.run(ask())


def _refused(url: str, *, read_seconds: float = 5, total_seconds: float = 5) -> UpstreamProblem:
    with pytest.raises(UpstreamProblem) as caught:
        _ask(url, read_seconds=read_seconds, total_seconds=total_seconds)
    assert caught.value.extra == {"upstream": f"{url}/service2"}
    assert f"{url}/service2" in caught.value.detail
    return caught.value


def test_the_message_of_an_answer_is_passed_on() -> None:
    with peer(body=b'{"lang": "go", "msg": "caf\\u00e9", "n": [1]}') as url:
        assert _ask(url) == "café"


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"null", b'{"msg": 3}', b'{"message": ""}', b'"\xff"', b"\xff"]
)
def test_an_answer_without_a_string_message_is_502(body: bytes) -> None:
    with peer(body=body) as url:
        assert _refused(url).status_code == 502


@pytest.mark.parametrize("status", [301, 404, 500, 503])
def test_any_other_status_is_502_with_the_status_in_its_detail(status: int) -> None:
    with peer(status=status) as url:
        problem = _refused(url)
    assert problem.status_code == 502
    assert str(status) in problem.detail


def test_a_refused_connection_is_502() -> None:
    assert _refused(f"http://{HOST}:{free_port()}").status_code == 502


def test_a_name_that_does_not_resolve_is_502() -> None:
    problem = _refused("http://no-such-service.invalid:7072")
    assert problem.status_code == 502
    assert "does not resolve" in problem.detail


def test_a_peer_that_does_not_answer_is_504() -> None:
    with peer(hold=Hold()) as url:
        assert _refused(url, read_seconds=0.2).status_code == 504


async def _drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    while not writer.is_closing():
        writer.write(b" ")
        await asyncio.sleep(0.05)


async def _hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.close()


async def _talk_nonsense(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(b"SSH-2.0\r\n\r\n")
    writer.close()


@pytest.mark.parametrize(("answer", "status"), [(_drip, 504), (_hang_up, 502), (_talk_nonsense, 502)])
def test_a_peer_that_breaks_the_protocol_is_distinguished_from_a_slow_one(answer: Answer, status: int) -> None:
    async def ask() -> int:
        async with await asyncio.start_server(answer, HOST, 0) as server, open_client(read_seconds=1) as client:
            url = f"http://{HOST}:{server.sockets[0].getsockname()[1]}"
            with pytest.raises(UpstreamProblem) as caught:
                await Peer(client, url, total_seconds=0.5).fetch_message("/service2", headers=[])
            return caught.value.status_code

    assert asyncio.run(ask()) == status


def test_a_connection_that_the_peer_closed_while_it_was_idle_costs_no_request() -> None:
    requests: list[int] = []

    async def answer_once_then_cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Keep the connection open, and close it without an answer at the second request."""
        await reader.readuntil(b"\r\n\r\n")
        requests.append(1)
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n{"msg":"hi"}')
        await reader.readuntil(b"\r\n\r\n")
        requests.append(2)
        writer.close()

    async def ask_twice() -> list[str]:
        async with await asyncio.start_server(answer_once_then_cut, HOST, 0) as server, open_client() as client:
            one = Peer(client, f"http://{HOST}:{server.sockets[0].getsockname()[1]}")
            return [await one.fetch_message("/service2", headers=[]) for _ in range(2)]

    assert asyncio.run(ask_twice()) == ["hi", "hi"]
    assert requests == [1, 2, 1]


def test_a_cookie_of_the_peer_is_neither_kept_nor_sent() -> None:
    requests: list[bytes] = []

    async def set_cookie(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\nSet-Cookie: user=one\r\nConnection: close\r\n\r\n")
        writer.write(b'{"msg":"hi"}')
        writer.close()

    async def ask_twice() -> None:
        async with await asyncio.start_server(set_cookie, HOST, 0) as server, open_client() as client:
            one = Peer(client, f"http://{HOST}:{server.sockets[0].getsockname()[1]}")
            for _ in range(2):
                await one.fetch_message("/service2", headers=[])

    asyncio.run(ask_twice())
    assert len(requests) == 2
    assert b"cookie" not in b"".join(requests).lower()


def _resolve_to(addresses: set[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every name resolve to the current content of `addresses`, sorted."""

    async def resolve(
        self: object, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[dict[str, object]]:
        del self, family
        return [
            {"hostname": host, "host": address, "port": port, "family": socket.AF_INET, "proto": 0, "flags": 0}
            for address in sorted(addresses)
        ]

    monkeypatch.setattr(aiohttp.ThreadedResolver, "resolve", resolve)


def test_new_connections_spread_over_all_addresses_of_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    addresses = {"127.0.0.1", "127.0.0.2", "127.0.0.3"}
    seen: Counter[str] = Counter()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        seen[writer.get_extra_info("sockname")[0]] += 1
        writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 12\r\nConnection: close\r\n\r\n{"msg":"hi"}')
        writer.close()

    _resolve_to(addresses, monkeypatch)
    monkeypatch.setattr(peer_module, "RESOLVER_CACHE_SECONDS", 0)  # each connection looks up the name again
    # Client and server share one thread. A machine that stops it for 2 s would make a connection time out.
    monkeypatch.setattr(peer_module, "CONNECT_SECONDS", 60)

    async def ask() -> None:
        port = free_port()
        async with (
            await asyncio.start_server(answer, sorted(addresses), port),
            open_client(read_seconds=60) as client,
        ):
            one = Peer(client, f"http://service2.services:{port}", total_seconds=60)
            for _ in range(60):
                await one.fetch_message("/service2", headers=[])

    asyncio.run(ask())
    assert set(seen) == addresses
    assert min(seen.values()) >= 5  # of 20 on average


def test_a_task_of_the_peer_that_drains_and_ends_costs_no_request(monkeypatch: pytest.MonkeyPatch) -> None:
    port = str(free_port())
    old = ServiceProcess("service2", HOST="127.0.0.2", PORT=port, PATH_PREFIX="/service2", DRAIN_SECONDS="1.5")
    new = ServiceProcess("service2", HOST="127.0.0.3", PORT=port, PATH_PREFIX="/service2")
    addresses = {old.host, new.host}
    _resolve_to(addresses, monkeypatch)
    monkeypatch.setattr(peer_module, "RESOLVER_CACHE_SECONDS", 0.5)
    answers: Counter[str] = Counter()

    async def ask_until_it_ended(one: Peer) -> None:
        while old.process.poll() is None:
            answers[await one.fetch_message("/service2", headers=[])] += 1

    async def stop() -> None:
        await asyncio.sleep(0.3)
        addresses.discard(old.host)  # deregistered first, as ECS does
        old.stop()

    async def ask() -> None:
        async with open_client() as client:
            one = Peer(client, f"http://service2.services:{port}")
            await asyncio.gather(stop(), *(ask_until_it_ended(one) for _ in range(8)))

    with running(old, new):
        asyncio.run(ask())
        assert old.wait() == 0
        assert any(line["event"] == "request" for line in old.log())
        assert any(line["event"] == "request" for line in new.log())
    assert set(answers) == {"This is API 2."}


def test_a_proxy_in_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with peer(body=b'{"msg": "by proxy"}') as proxy:
        monkeypatch.setenv("http_proxy", proxy)
        monkeypatch.setenv("no_proxy", "")
        monkeypatch.delenv("NO_PROXY", raising=False)
        assert _ask("http://service2.services:7072") == "by proxy"

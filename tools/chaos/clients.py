"""Clients that come in numbers, are slow, or leave in the middle of an answer, beside a load that must not notice."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from tools.chaos.case import Outcome, failed_of, failures
from tools.chaos.running import Running

CONNECTED_WITHIN_SECONDS = 120.0
RESETS = 50
SLOW_CLIENTS = 200
_RESET = struct.pack("ii", 1, 0)
"""The value of SO_LINGER with which a close sends RST: https://man7.org/linux/man-pages/man7/socket.7.html."""


@dataclass(slots=True, kw_only=True)
class _Clients:
    """Connections to the HTTPS listener, which stay open until `close`."""

    port: int
    host: str
    tls: ssl.SSLContext
    open: list[asyncio.StreamWriter] = field(default_factory=list)

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_connection(
            "127.0.0.1",
            self.port,
            ssl=self.tls,
            server_hostname=self.host,
            ssl_handshake_timeout=CONNECTED_WITHIN_SECONDS,
        )
        self.open.append(writer)
        return reader, writer

    def head(self, path: str) -> bytes:
        """Return a request without the empty line at its end."""
        return f"GET {path} HTTP/1.1\r\nHost: {self.host}\r\n".encode()

    def close(self) -> None:
        for writer in self.open:
            writer.transport.abort()


def many_connections(running: Running) -> Outcome:
    """Open TLS connections at the same time; each sends a request and stays open until all have an answer."""

    async def connect(clients: _Clients) -> str:
        reader, writer = await clients.connect()
        writer.write(clients.head("/service1") + b"\r\n")
        line = (await reader.readline()).decode().strip()
        return "answered" if line == "HTTP/1.1 200 OK" else line

    return _beside_load(
        running, lambda clients: _together(connect, clients, running.size.connections), expected="answered"
    )


def slow_clients(running: Running) -> Outcome:
    """Open connections that send a header line each second and never end their request (slowloris)."""

    async def dribble(clients: _Clients) -> str:
        _, writer = await clients.connect()
        writer.write(clients.head("/service1"))
        for number in range(running.size.slow_seconds):
            writer.write(f"X-Slow-{number}: 1\r\n".encode())
            await asyncio.sleep(1)
        return "slow"

    return _beside_load(running, lambda clients: _together(dribble, clients, SLOW_CLIENTS), expected="slow")


def clients_reset(running: Running, path: str, *, read_bytes: int) -> Outcome:
    """Reset connections in the middle of an answer, after `read_bytes` of it."""

    async def leave(clients: _Clients) -> str:
        reader, writer = await clients.connect()
        writer.write(clients.head(path) + b"\r\n")
        await reader.readexactly(read_bytes)
        connection: socket.socket = writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        writer.transport.abort()
        return "reset"

    return _beside_load(running, lambda clients: _together(leave, clients, RESETS), expected="reset")


def _beside_load(running: Running, attack: Callable[[_Clients], Awaitable[list[str]]], *, expected: str) -> Outcome:
    """Run clients beside a load. No request of the load may fail, and each client must end with `expected`."""
    clients = _Clients(port=running.listener.port, host=running.host, tls=running.tls())

    async def attacked() -> list[str]:
        try:
            return await attack(clients)
        finally:
            clients.close()

    with running.load() as load:
        running.settle(load)
        began = time.monotonic()
        results = asyncio.run(attacked())
        seconds = time.monotonic() - began
        running.settle(load)
    others = tuple(f"a client ended with: {each}" for each in results if each != expected)
    clients_text = f"{results.count(expected):,} clients {expected} in {seconds:.1f} s"
    return Outcome(
        happened=f"{clients_text}; beside them {failed_of(load.samples())}",
        problems=(*failures(load.samples()), *others),
    )


async def _together(client: Callable[[_Clients], Awaitable[str]], clients: _Clients, count: int) -> list[str]:
    """Run a client `count` times at the same time; return the result, or the error, of each."""

    async def one() -> str:
        try:
            async with asyncio.timeout(CONNECTED_WITHIN_SECONDS):
                return await client(clients)
        except (OSError, EOFError) as error:  # TimeoutError is an OSError
            return f"{type(error).__name__}: {error}"

    return list(await asyncio.gather(*(one() for _ in range(count))))

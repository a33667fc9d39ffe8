"""WebSockets: the upgrade of a request, and afterwards the bytes between client and target.

A target that accepts the upgrade with status 101 keeps the client's connection to its end. The load balancer does not
read the frames, so that each subprotocol and extension passes. Sticky sessions, weights and X-Forwarded-* apply to the
request, not to the bytes after it. Deregistration cuts the connection when its delay ends.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-listeners.html#listener-configuration
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/sticky-sessions.html
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import aiohttp
from aiohttp import HttpVersion11, web
from aiohttp.client_proto import ResponseHandler

UPGRADE_HEADERS: Mapping[str, str] = {"Connection": "Upgrade", "Upgrade": "websocket"}
"""The hop-by-hop headers of an upgrade: sent to the target, and with status 101 to the client."""


def requests_websocket(request: web.BaseRequest) -> bool:
    """Return True if the client offers to change the connection to a WebSocket."""
    options = ",".join(request.headers.getall("Connection", ())).lower().split(",")
    return (
        request.method == "GET"
        and request.version >= HttpVersion11
        and "upgrade" in (option.strip() for option in options)
        and request.headers.get("Upgrade", "").lower() == "websocket"
    )


async def relay(request: web.BaseRequest, answer: aiohttp.ClientResponse, *, idle_timeout_seconds: float) -> None:
    """Pass bytes both ways until both sides have ended, one has closed, or none has sent for the idle timeout.

    Call it when the client has the response with status 101. It closes both connections; bytes that were received
    before are still sent.
    """
    connection = answer.connection
    if request.transport is None or connection is None or connection.protocol is None or connection.transport is None:
        return  # One of the two closed its connection right after the upgrade.
    relayed = _Relay()
    client = _Side(relayed, request.transport, request.protocol)
    target = _Side(relayed, connection.transport, connection.protocol)
    try:
        client.pass_to(target)
        target.pass_to(client)
        await relayed.end(idle_timeout_seconds)
    finally:
        client.transport.close()
        target.transport.close()


class _Relay:
    """The state of both connections together: the time of the last byte, and the end."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._last_byte = self._loop.time()
        self._ended = asyncio.Event()
        self._half_closed = False

    def byte_received(self) -> None:
        self._last_byte = self._loop.time()

    def half_close(self) -> None:
        """End one direction. The second call ends both."""
        if self._half_closed:
            self.close()
        self._half_closed = True

    def close(self) -> None:
        self._ended.set()

    async def end(self, idle_timeout_seconds: float) -> None:
        """Return when the relay has ended, or no byte has arrived for the idle timeout."""
        while (silent_until := self._last_byte + idle_timeout_seconds) > self._loop.time():
            try:
                async with asyncio.timeout_at(silent_until):
                    await self._ended.wait()
                    return
            except TimeoutError:
                continue


class _Side(asyncio.Protocol):
    """One of the two connections, in place of aiohttp's protocol. A side that cannot send makes the other one wait."""

    def __init__(
        self, relayed: _Relay, transport: asyncio.Transport, replaced: web.RequestHandler | ResponseHandler
    ) -> None:
        self._relayed = relayed
        self.transport = transport
        self._replaced = replaced
        self._other: _Side

    def pass_to(self, other: _Side) -> None:
        self._other = other
        # aiohttp's protocol holds what has arrived since the upgrade. It passes this to a parser that is set.
        if isinstance(self._replaced, ResponseHandler):
            self._replaced.set_parser(self, None)
        else:
            self._replaced.set_parser(self)  # type: ignore[arg-type]  # any object with the two methods below
        self.transport.set_protocol(self)

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        self.data_received(data)
        return False, b""

    def feed_eof(self) -> None:
        """Do nothing: `connection_lost` follows."""

    def data_received(self, data: bytes) -> None:
        self._relayed.byte_received()
        self._other.transport.write(data)

    def pause_writing(self) -> None:
        self._other.transport.pause_reading()

    def resume_writing(self) -> None:
        self._other.transport.resume_reading()

    def eof_received(self) -> bool:
        """Pass the end of this direction on. TLS has none: there the connection ends."""
        if not (self.transport.can_write_eof() and self._other.transport.can_write_eof()):
            self._relayed.close()
            return False
        self._other.transport.write_eof()
        self._relayed.half_close()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self._replaced.connection_lost(exc)
        self._relayed.close()

"""A bounded load on loopback: a fixed number of connections, each asking again as soon as it is answered.

Python and not a tool of the system, so that the bench needs nothing but the project; raw protocols and not an HTTP
client, so that it costs much less than what it measures. Imported by the other files of the bench.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Self, cast


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """What one slice of load saw."""

    requests: int
    seconds: float

    @property
    def per_second(self) -> float:
        """Requests answered in a second of the clock."""
        return self.requests / self.seconds


class _Connection(asyncio.Protocol):
    """One connection: sends the request again whenever an answer is complete, until told to rest."""

    def __init__(self, request: bytes, expected_end: bytes) -> None:
        self._request = request
        self._expected_end = expected_end
        self._received = b""
        self._transport: asyncio.WriteTransport | None = None
        self._resting: asyncio.Future[None] | None = None
        self._until = 0.0
        self.answered = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's are not registered as such

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._received.endswith(self._expected_end):
            return  # the body is still to come; a wrong one ends the bench by its timeout
        self._received = b""
        self.answered += 1
        if time.perf_counter() < self._until:
            self._send()
        elif self._resting is not None and not self._resting.done():
            self._resting.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        if self._resting is not None and not self._resting.done():
            self._resting.set_exception(ConnectionError(f"the service closed a connection after {self._received!r}"))

    def ask_until(self, until: float) -> asyncio.Future[None]:
        """Starts; the result comes with the first answer after `until`."""
        self._until = until
        self._resting = asyncio.get_running_loop().create_future()
        self._send()
        return self._resting

    def close(self) -> None:
        """Closes the connection."""
        assert self._transport is not None  # noqa: S101 - for the type checker
        self._transport.close()

    def _send(self) -> None:
        assert self._transport is not None  # noqa: S101 - for the type checker
        self._transport.write(self._request)


class Load:
    """Connections to one path of one service, kept open between slices."""

    def __init__(self, connections: list[_Connection]) -> None:
        self._connections = connections

    @classmethod
    async def open(cls, port: int, path: str, *, expected_body: bytes, connections: int) -> Self:
        """Connects; every answer must end with `expected_body`."""
        request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
        loop = asyncio.get_running_loop()
        opened = [
            (await loop.create_connection(lambda: _Connection(request, expected_body), "127.0.0.1", port))[1]
            for _ in range(connections)
        ]
        return cls(opened)

    async def run(self, seconds: float) -> Measurement:
        """One slice of load; TimeoutError where an answer is missing or is not the expected one."""
        before = sum(connection.answered for connection in self._connections)
        started = time.perf_counter()
        async with asyncio.timeout(seconds + 10):
            await asyncio.gather(*(connection.ask_until(started + seconds) for connection in self._connections))
        answered = sum(connection.answered for connection in self._connections) - before
        return Measurement(requests=answered, seconds=time.perf_counter() - started)

    def close(self) -> None:
        """Closes all of them."""
        for connection in self._connections:
            connection.close()

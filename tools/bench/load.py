"""A bounded load on loopback: a fixed number of connections, each sending a request after each response.

It is written in Python, so that the benchmark needs no other tool, and on raw protocols instead of an HTTP client,
so that it costs much less CPU time than the measured service.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self, cast


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """The result of one slice of load."""

    requests: int
    seconds: float
    """Wall-clock time."""
    cpu_seconds: float
    """CPU time of the measured process."""

    @property
    def per_second(self) -> float:
        """Requests answered per second."""
        return self.requests / self.seconds

    @property
    def per_cpu_second(self) -> float:
        """Requests answered per second of the process's CPU time: the throughput of one core."""
        return self.requests / self.cpu_seconds


class _Connection(asyncio.Protocol):
    """A connection that sends the request again after each complete response, until `stop`."""

    def __init__(self, request: bytes, expected_end: bytes) -> None:
        self._request = request
        self._expected_end = expected_end
        self._received = b""
        self._transport: asyncio.WriteTransport | None = None
        self._resting: asyncio.Future[None] | None = None
        self._sending = False
        self.answered = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(
            asyncio.WriteTransport, transport
        )  # uvloop's transports are not registered as subclasses

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._received.endswith(self._expected_end):
            return  # the body is incomplete; a wrong body makes the benchmark time out
        self._received = b""
        self.answered += 1
        if self._sending:
            self._send()
        elif self._resting is not None and not self._resting.done():
            self._resting.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        if self._resting is not None and not self._resting.done():
            self._resting.set_exception(ConnectionError(f"the service closed a connection after {self._received!r}"))

    def start(self) -> None:
        """Send the first request, and another after each response."""
        self._resting = asyncio.get_running_loop().create_future()
        self._sending = True
        self._send()

    def stop(self) -> asyncio.Future[None]:
        """Send no more requests; the result is set at the last response."""
        assert self._resting is not None  # noqa: S101 - for the type checker
        self._sending = False
        return self._resting

    def close(self) -> None:
        """Close the connection."""
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
        """Connect; every response must end with `expected_body`."""
        request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
        loop = asyncio.get_running_loop()
        opened = [
            (await loop.create_connection(lambda: _Connection(request, expected_body), "127.0.0.1", port))[1]
            for _ in range(connections)
        ]
        return cls(opened)

    async def run(self, seconds: float, *, settle_seconds: float, cpu_seconds: Callable[[], float]) -> Measurement:
        """Run one slice of load and measure it; raise TimeoutError if a response is not the expected one.

        The start and the last responses are not measured: with fewer open requests, each costs less.
        """
        for connection in self._connections:
            connection.start()
        await asyncio.sleep(settle_seconds)
        answered, cpu, started = self._answered(), cpu_seconds(), time.perf_counter()
        await asyncio.sleep(seconds)
        measurement = Measurement(
            requests=self._answered() - answered,
            seconds=time.perf_counter() - started,
            cpu_seconds=cpu_seconds() - cpu,
        )
        async with asyncio.timeout(10):
            await asyncio.gather(*(connection.stop() for connection in self._connections))
        return measurement

    def _answered(self) -> int:
        return sum(connection.answered for connection in self._connections)

    def close(self) -> None:
        """Close all connections."""
        for connection in self._connections:
            connection.close()

"""A bounded load on loopback: a fixed number of connections, each asking again as soon as it is answered.

Python and not a tool of the system, so that the bench needs nothing but the project; raw protocols and not an HTTP
client, so that it costs much less than what it measures.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self, cast


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """What one slice of load saw."""

    requests: int
    seconds: float
    """By the clock."""
    processor_seconds: float
    """Of the measured process alone."""

    @property
    def per_second(self) -> float:
        """Requests answered in a second of the clock."""
        return self.requests / self.seconds

    @property
    def per_processor_second(self) -> float:
        """Requests answered in a second of the process's own time: what one core would serve."""
        return self.requests / self.processor_seconds


class _Connection(asyncio.Protocol):
    """One connection: sends the request again whenever an answer is complete, until told to rest."""

    def __init__(self, request: bytes, expected_end: bytes) -> None:
        self._request = request
        self._expected_end = expected_end
        self._received = b""
        self._transport: asyncio.WriteTransport | None = None
        self._resting: asyncio.Future[None] | None = None
        self._asking = False
        self.answered = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's are not registered as such

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._received.endswith(self._expected_end):
            return  # the body is still to come; a wrong one ends the bench by its timeout
        self._received = b""
        self.answered += 1
        if self._asking:
            self._send()
        elif self._resting is not None and not self._resting.done():
            self._resting.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        if self._resting is not None and not self._resting.done():
            self._resting.set_exception(ConnectionError(f"the service closed a connection after {self._received!r}"))

    def start(self) -> None:
        """Asks for the first time, and then each time that it is answered."""
        self._resting = asyncio.get_running_loop().create_future()
        self._asking = True
        self._send()

    def stop(self) -> asyncio.Future[None]:
        """Asks no more; the result comes with the last answer."""
        assert self._resting is not None  # noqa: S101 - for the type checker
        self._asking = False
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

    async def run(
        self, seconds: float, *, settle_seconds: float, processor_seconds: Callable[[], float]
    ) -> Measurement:
        """One slice of load, measured while all connections ask; TimeoutError where an answer is not the expected one.

        The first moments do not count, and neither do the last answers: with fewer requests in flight each costs less.
        """
        for connection in self._connections:
            connection.start()
        await asyncio.sleep(settle_seconds)
        answered, processor, started = self._answered(), processor_seconds(), time.perf_counter()
        await asyncio.sleep(seconds)
        measurement = Measurement(
            requests=self._answered() - answered,
            seconds=time.perf_counter() - started,
            processor_seconds=processor_seconds() - processor,
        )
        async with asyncio.timeout(10):
            await asyncio.gather(*(connection.stop() for connection in self._connections))
        return measurement

    def _answered(self) -> int:
        return sum(connection.answered for connection in self._connections)

    def close(self) -> None:
        """Closes all of them."""
        for connection in self._connections:
            connection.close()

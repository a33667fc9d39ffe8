"""The access log: one line for each request, written by an ASGI application that wraps the service's own.

The logging middleware of a framework would reduce the throughput to a third. So this one only creates one object per
request, and `log` encodes it.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Iterator
from datetime import datetime
from time import perf_counter, time
from typing import Final

import msgspec
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from service_apps.kit.log import LogStream

TRACE_HEADER: Final = b"x-amzn-trace-id"
"""Added by an Application Load Balancer to each request: `Root=1-{time}-{random}`, and `Self=` if it had a trace id."""

_LONGEST_REQUEST_ID: Final = 128


class _Request(msgspec.Struct, tag_field="event", tag="request", gc=False):
    time: datetime
    service: str
    method: str
    path: str
    status: int | None
    duration_ms: float
    request_id: str
    level: str = "info"


class AccessLog:
    """An ASGI application that wraps another and writes `event: request` when the response is complete.

    A request without X-Amzn-Trace-Id gets one, as from the load balancer, so that handlers can
    pass it on and the lines of two services for one request have the same id.
    """

    def __init__(self, app: ASGIApp, stream: LogStream, service: str) -> None:
        self._app = app
        self._stream = stream
        self._service = service
        self._own_ids = _own_ids()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward everything unchanged; `status` is null if no response was started."""
        if scope["type"] != ScopeType.HTTP:
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        path = scope["path"]  # the application can change it
        identifier = self._identify(scope)
        status: int | None = None

        def send_noting_status(message: Message) -> Awaitable[None]:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            return send(message)

        try:
            await self._app(scope, receive, send_noting_status)
        finally:
            duration_ms = int((perf_counter() - started) * 1_000_000) / 1000  # a third of the cost of round()
            now = self._stream.now()
            self._stream.write(_Request(now, self._service, scope["method"], path, status, duration_ms, identifier))

    def _identify(self, scope: HTTPScope) -> str:
        headers = scope["headers"]
        for name, value in headers:
            if name == TRACE_HEADER:
                return request_id(value.decode("latin-1"))
        identifier = next(self._own_ids)
        scope["headers"] = [*headers, (TRACE_HEADER, b"Root=" + identifier.encode())]
        return identifier


def _own_ids() -> Iterator[str]:
    """Yield ids in the load balancer's format: a time and 24 random hexadecimal digits, of which the last two count up.

    Counting is used, because random digits for each request would take a tenth of the time of a log line.
    """
    last_digits = [f"{number:02x}" for number in range(256)]
    while True:
        beginning = f"1-{int(time()):08x}-{secrets.token_hex(11)}"
        for digits in last_digits:
            yield beginning + digits


def request_id(trace: str) -> str:
    """Return the Root of an X-Amzn-Trace-Id, or the whole value without a Root; at most 128 characters."""
    root = next((part.strip()[5:] for part in trace.split(";") if part.strip().startswith("Root=")), "")
    return (root if root != "" else trace)[:_LONGEST_REQUEST_ID]

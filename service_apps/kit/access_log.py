"""One line of the log for each request, as a plain ASGI application around the service's own.

A framework's logging middleware cuts the throughput to a third, so this one does the least that gives the line:
one object, one encoding, no formatting. Imported by `server`; measured by `bench/service_apps.py`.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable
from datetime import UTC, datetime
from time import perf_counter, time
from typing import Final

import msgspec
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from service_apps.kit.log import LogStream

TRACE_HEADER: Final = b"x-amzn-trace-id"
"""Added by an Application Load Balancer to each request: `Root=1-{time}-{random}`, and `Self=` where one was given."""

_LONGEST_REQUEST_ID: Final = 128
_encode = msgspec.json.Encoder().encode


class _Request(msgspec.Struct, kw_only=True):
    time: datetime
    level: str
    service: str
    event: str
    method: str
    path: str
    status: int | None
    duration_ms: float
    request_id: str


class AccessLog:
    """ASGI application around another: writes `event: request` when the response is complete.

    A request that comes without X-Amzn-Trace-Id is given one, as the load balancer would, so that the handlers can
    pass it on and the lines of two services about one request carry the same id.
    """

    def __init__(self, app: ASGIApp, stream: LogStream, service: str) -> None:
        self._app = app
        self._stream = stream
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything on unchanged; `status` is null where no response was begun."""
        if scope["type"] == ScopeType.HTTP:
            await self._log(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _log(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        started = perf_counter()
        path = scope["path"]  # the application may change it
        identifier = _identify(scope)
        status: int | None = None

        def send_noting_status(message: Message) -> Awaitable[None]:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            return send(message)

        try:
            await self._app(scope, receive, send_noting_status)
        finally:
            line = _Request(
                time=datetime.now(UTC),
                level="info",
                service=self._service,
                event="request",
                method=scope["method"],
                path=path,
                status=status,
                duration_ms=round((perf_counter() - started) * 1000, 3),
                request_id=identifier,
            )
            self._stream.write(_encode(line))


def _identify(scope: HTTPScope) -> str:
    headers = scope["headers"]
    for name, value in headers:
        if name == TRACE_HEADER:
            return request_id(value.decode("latin-1"))
    identifier = f"1-{int(time()):08x}-{secrets.token_hex(12)}"
    scope["headers"] = [*headers, (TRACE_HEADER, b"Root=" + identifier.encode())]
    return identifier


def request_id(trace: str) -> str:
    """The Root of an X-Amzn-Trace-Id, or all of it where it has none; cut at 128 characters."""
    root = next((part.strip()[5:] for part in trace.split(";") if part.strip().startswith("Root=")), "")
    return (root if root != "" else trace)[:_LONGEST_REQUEST_ID]

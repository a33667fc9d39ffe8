"""Small real HTTP servers on addresses in 127/8, as targets of target groups."""

from __future__ import annotations

import asyncio
import itertools
import ssl
import threading
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from aiohttp import web

from colonnade_sandbox.control_plane.snapshot import Target

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
Conversation = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

_Answer = TypeVar("_Answer")


@dataclass(slots=True, kw_only=True)
class HttpTarget:
    """One server; its records may be read at any time, from any thread."""

    target: Target
    health_status: int = 200
    """The status of GET /health."""
    health_checks: list[web.BaseRequest] = field(default_factory=list)
    requests: list[web.BaseRequest] = field(default_factory=list)
    """All requests except those to /health."""
    connections: set[object] = field(default_factory=set)
    """The client's address of each connection with such a request."""


class HttpTargets:
    """The servers of one test, on an event loop in a separate thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._servers: dict[Target, tuple[asyncio.Server, web.Server | None]] = {}
        self._hosts = (f"127.0.7.{number}" for number in itertools.count(1))

    def serve(self, handler: Handler, *, host: str | None = None, tls: ssl.SSLContext | None = None) -> HttpTarget:
        """Start a server that passes every request except GET /health to `handler`.

        `host`: the address. Default: one of its own. `tls`: its TLS context. Default: none, HTTP.
        """

        async def start() -> HttpTarget:
            async def answer(request: web.BaseRequest) -> web.StreamResponse:
                if request.raw_path == "/health":
                    served.health_checks.append(request)
                    return web.Response(status=served.health_status)
                served.requests.append(request)
                served.connections.add(request.transport.get_extra_info("peername") if request.transport else None)
                return await handler(request)

            connections = web.Server(answer, handler_cancellation=True, auto_decompress=False)
            address = host if host is not None else next(self._hosts)
            server = await self._loop.create_server(connections, address, 0, ssl=tls)
            served = HttpTarget(target=_target(server))
            self._servers[served.target] = server, connections
            return served

        return self._run(start())

    def serve_text(self, text: str, *, host: str | None = None, tls: ssl.SSLContext | None = None) -> HttpTarget:
        """Start a server that answers every request with `text`; the other parameters are as in `serve`."""

        async def answer(_: web.BaseRequest) -> web.StreamResponse:
            return web.Response(text=text)

        return self.serve(answer, host=host, tls=tls)

    def serve_bytes(self, conversation: Conversation) -> Target:
        """Start a server that runs `conversation` on each connection, HTTP or not."""

        async def start() -> Target:
            server = await asyncio.start_server(conversation, next(self._hosts), 0)
            self._servers[_target(server)] = server, None
            return _target(server)

        return self._run(start())

    def stop(self, target: Target) -> None:
        """Stop listening and close every connection, like a killed task."""

        async def stop() -> None:
            server, connections = self._servers.pop(target)
            server.close()
            if connections is not None:
                for connection in connections.connections:
                    connection.force_close()

        self._run(stop())

    def close(self) -> None:
        for target in tuple(self._servers):
            self.stop(target)

        async def cancel_all() -> None:
            tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        self._run(cancel_all())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, _Answer]) -> _Answer:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)


def answering(head: bytes, *, requests: int = 1000) -> Conversation:
    """Answer the first `requests` requests on a connection with these bytes, and close it at the next request."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(requests):
            request = await reader.readuntil(b"\r\n\r\n")
            healthy = request.startswith(b"GET /health ")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" if healthy else head)
            if healthy:
                break
        else:
            await reader.readuntil(b"\r\n\r\n")
        writer.close()

    return talk


def _target(server: asyncio.Server) -> Target:
    address, port = server.sockets[0].getsockname()[:2]
    return Target(address=address, port=port)

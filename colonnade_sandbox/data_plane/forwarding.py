"""The forwarding of requests to targets and of responses to clients, both as streams."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterable
from functools import partial

import aiohttp
from aiohttp import AddrInfoType, web
from multidict import CIMultiDict
from yarl import URL

from colonnade_sandbox.control_plane.snapshot import Target
from colonnade_sandbox.data_plane.firewall import CONNECT_TIMEOUT_SECONDS, connections_time_out
from colonnade_sandbox.data_plane.headers import end_to_end, header_bytes
from colonnade_sandbox.data_plane.responses import error_page
from colonnade_sandbox.data_plane.sticky_sessions import bound_target, session_cookies
from colonnade_sandbox.data_plane.target_groups import RegisteredTarget, TargetPool
from colonnade_sandbox.data_plane.websockets import UPGRADE_HEADERS, relay, requests_websocket

# "The target response header exceeded 32 K for the entire response header":
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-502-issues
_MAXIMUM_HEADER_BYTES = 32768
_SMALLEST_HEADER_BYTES = len(b"a: \r\n")


class Forwarding:
    """The connections to all targets, on the data plane's event loop.

    If the connection to a target fails, the request goes to the next target, because no part of it was sent.
    Connections are kept for the idle timeout. If a target closes a connection sooner, a request may be on its way; the
    client then gets 502: "Check whether the keep-alive duration of the target is shorter than the idle timeout",
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-502-issues
    """

    def __init__(self) -> None:
        self._sessions: dict[int, aiohttp.ClientSession] = {}
        """The client sessions by idle timeout.

        A load balancer closes a connection to a target that was unused for this time.
        """

    async def close(self) -> None:
        for session in self._sessions.values():
            await session.close()

    async def forward(
        self,
        request: web.BaseRequest,
        pool: TargetPool,
        *,
        path_and_query: str,
        headers: CIMultiDict[str],
        idle_timeout_seconds: int,
    ) -> web.StreamResponse:
        """Send the client the response of a target, or AWS's 408, 502, 503 or 504; of a WebSocket also what follows.

        `headers` are sent unchanged, with those of an upgrade if the client offers a WebSocket. Raises ConnectionError
        if the target fails after its response has begun: then only a closed connection can notify the client.
        """
        unreachable: list[RegisteredTarget] = []
        sticky = pool.sticky_session_seconds is not None
        bound_to = bound_target(request.cookies) if sticky else None
        while (record := pool.choose(without=unreachable, bound_to=bound_to)) is not None:
            exchange = _Exchange(self._session(idle_timeout_seconds), request, idle_timeout_seconds)
            try:
                return await exchange.run(record, pool, path_and_query, headers)
            except _NothingSentError:
                unreachable.append(record)
        return error_page(503 if unreachable == [] else 502)

    def _session(self, idle_timeout_seconds: int) -> aiohttp.ClientSession:
        if idle_timeout_seconds not in self._sessions:
            self._sessions[idle_timeout_seconds] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=0,
                    keepalive_timeout=idle_timeout_seconds,
                    socket_factory=partial(_target_socket, idle_timeout_seconds),
                ),
                trace_configs=[connections_time_out()],
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                skip_auto_headers=("Accept", "Accept-Encoding", "Content-Type", "User-Agent"),
                max_line_size=_MAXIMUM_HEADER_BYTES,
                max_field_size=_MAXIMUM_HEADER_BYTES,
                max_headers=_MAXIMUM_HEADER_BYTES // _SMALLEST_HEADER_BYTES,
            )
        return self._sessions[idle_timeout_seconds]


class _NothingSentError(Exception):
    """The connection to a target failed before any part of the request was sent, so another target may receive it."""


class _Exchange:
    """One request with one target."""

    def __init__(self, session: aiohttp.ClientSession, request: web.BaseRequest, idle_timeout_seconds: int) -> None:
        self._session = session
        self._request = request
        self._idle_timeout_seconds = idle_timeout_seconds
        self._upgrade = requests_websocket(request)
        self._deadline = asyncio.timeout(None)
        self._sent = False
        self._answered = False
        self._client_stalled = False
        self._was_cut = False

    async def run(
        self,
        record: RegisteredTarget,
        pool: TargetPool,
        path_and_query: str,
        headers: CIMultiDict[str],
    ) -> web.StreamResponse:
        target, sticky_seconds = record.target, pool.sticky_session_seconds
        cookies = session_cookies(target, sticky_seconds) if sticky_seconds is not None else ()
        record.in_flight.add(self._cut)
        try:
            async with (
                self._deadline,
                self._session.request(
                    self._request.method,
                    _url(target, path_and_query),
                    headers=CIMultiDict([*headers.items(), *UPGRADE_HEADERS.items()]) if self._upgrade else headers,
                    data=self._upload() if self._request.body_exists else None,
                    allow_redirects=False,
                    timeout=aiohttp.ClientTimeout(
                        sock_connect=CONNECT_TIMEOUT_SECONDS, sock_read=self._idle_timeout_seconds
                    ),
                    middlewares=(self._once,),
                    trace_request_ctx=lambda: pool.reaches(target.address, target.port),
                ) as answer,
            ):
                self._answered = True
                self._deadline.reschedule(None)
                if (answer.status == 101 and not self._upgrade) or _has_long_head(answer):
                    return error_page(502)
                response = await _pass_back(answer, self._request, cookies)
                if answer.status == 101:
                    await relay(self._request, answer, idle_timeout_seconds=self._idle_timeout_seconds)
                return response
        except (aiohttp.ClientError, OSError) as error:
            if isinstance(error, aiohttp.ClientConnectorError):
                raise _NothingSentError from error
            if self._request.writer.output_size > 0:
                raise ConnectionError(f"the response of {target} is incomplete") from error
            return error_page(self._status_of(error))
        finally:
            record.in_flight.discard(self._cut)

    def _cut(self) -> None:
        self._was_cut = True
        self._deadline.reschedule(asyncio.get_running_loop().time())

    async def _once(self, request: aiohttp.ClientRequest, send: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        """Send the request; prevent aiohttp from sending it again when the target closes a kept connection."""
        if self._sent:
            raise aiohttp.ServerDisconnectedError
        self._sent = True
        return await send(request)

    async def _upload(self) -> AsyncIterator[bytes]:
        while True:
            try:
                async with asyncio.timeout(self._idle_timeout_seconds):
                    chunk = await self._request.content.readany()
            except TimeoutError:
                self._client_stalled = True
                raise
            if chunk == b"":
                return
            # aiohttp limits the time to the response from the end of the upload on. Before, a target that takes no
            # byte for the idle timeout would keep the request, and its memory, without end.
            self._limit_upload(self._idle_timeout_seconds)
            yield chunk
            self._limit_upload(None)

    def _limit_upload(self, seconds: int | None) -> None:
        if not self._answered and not self._was_cut and not self._deadline.expired():
            self._deadline.reschedule(None if seconds is None else asyncio.get_running_loop().time() + seconds)

    def _status_of(self, error: Exception) -> int:
        if self._client_stalled:
            return 408
        return 504 if isinstance(error, TimeoutError) and not self._was_cut else 502


class _TargetResponse(web.StreamResponse):
    """The target's response, without the default headers that aiohttp adds."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        super().__init__(status=answer.status, reason=answer.reason, headers=end_to_end(answer.headers))
        if answer.status == 101:
            self.headers.update(UPGRADE_HEADERS)
            self.force_close()
        self._absent = [name for name in ("Server", "Content-Type") if name not in answer.headers]

    async def _prepare_headers(self) -> None:
        await super()._prepare_headers()
        for name in self._absent:
            self.headers.popall(name, None)


def _has_long_head(answer: aiohttp.ClientResponse) -> bool:
    return header_bytes(answer.raw_headers) > _MAXIMUM_HEADER_BYTES


async def _pass_back(
    answer: aiohttp.ClientResponse, request: web.BaseRequest, cookies: Iterable[str]
) -> web.StreamResponse:
    response = _TargetResponse(answer)
    for cookie in cookies:
        response.headers.add("Set-Cookie", cookie)
    await response.prepare(request)
    async for chunk in answer.content.iter_any():
        await response.write(chunk)
    await response.write_eof()
    return response


def _target_socket(idle_timeout_seconds: int, address: AddrInfoType) -> socket.socket:
    """Return a socket whose unsent bytes are dropped when the target takes none for the idle timeout.

    Otherwise the bytes of an upload that is not continued would stay as long as the target.
    """
    family, kind, protocol = address[:3]
    made = socket.socket(family, kind, protocol)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, idle_timeout_seconds * 1000)
    return made


def _url(target: Target, path_and_query: str) -> URL:
    # The query is passed as a part of the path, because yarl would drop a `?` with an empty query.
    return URL.build(scheme="http", host=target.address, port=target.port, path=path_and_query, encoded=True)

"""The other service that this one calls: one pooled HTTP client, and what becomes of its answers and failures.

httpx gives the interface, aiohttp the connections: httpx's own pool looks at every idle socket for each request,
which costs most of the throughput at 64 connections (`tools/bench/service_apps.py` measures it). What httpx does
between the two is left out where a call between services never needs it. aiohttp also repeats a GET on another
connection when an idle one turns out to have been closed by the peer, so a peer's rolling deployment loses no
request.
"""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final
from urllib.request import getproxies

import aiohttp
import httpx
import msgspec
from aiohttp.abc import ResolveResult
from httpx_aiohttp.transport import AiohttpTransport, map_aiohttp_exceptions

from service_apps.kit.problems import UpstreamProblem

RESOLVER_CACHE_SECONDS: Final = 2
"""How long an address is used after its name stopped resolving to it: a drain lasts longer than this and the TTL."""
CONNECT_SECONDS: Final = 2.0
READ_SECONDS: Final = 5.0
TOTAL_SECONDS: Final = 10.0
"""For one whole request: a peer that sends a byte now and then never breaks the read timeout."""
CONNECTIONS: Final = 100
"""Open at once; a request that finds all of them busy waits up to CONNECT_SECONDS for one."""


class _ShuffledResolver(aiohttp.ThreadedResolver):
    """Resolves as the system does, in random order.

    getaddrinfo sorts, so the first address would get every connection that is opened right after a look-up.
    """

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        addresses = await super().resolve(host, port, family)
        random.shuffle(addresses)
        return addresses


_NO_BODY: Final = httpx.ByteStream(b"")


class _WholeResponse(httpx.Response):
    """A response whose body is there from the start: httpx takes six times as long to read one from memory."""

    def __init__(self, answer: aiohttp.ClientResponse, content: bytes, request: httpx.Request) -> None:
        super().__init__(answer.status, headers=answer.raw_headers, stream=_NO_BODY, request=request)
        self._content = content


class _Connections(AiohttpTransport):
    """httpx-aiohttp's transport for whole responses: one look at the request, one read, no stream between.

    The timeouts are the session's, so that none are put together for each request.
    """

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The response with its body; httpx's exceptions, each caused by aiohttp's own."""
        if not isinstance(self.client, aiohttp.ClientSession):
            self.client = self.get_client()  # here and not earlier, because a session needs the running event loop
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw]
        try:
            answer = await self.client.request(
                request.method,
                str(request.url),
                headers=headers,
                data=None if request.stream is _NO_BODY else await request.aread(),
                allow_redirects=False,
            )
            content = await answer.read()
        except (aiohttp.ClientError, TimeoutError):
            with map_aiohttp_exceptions():
                raise
        return _WholeResponse(answer, content, request)


class _Client(httpx.AsyncClient):
    """httpx's client without what calls between services never use: redirects, authentication, cookies and hooks.

    Looking for all of them takes a third of the time of a request.
    """

    def __init__(self, connections: _Connections) -> None:
        super().__init__(transport=connections, trust_env=False)
        self._connections = connections

    async def send(self, request: httpx.Request, **_options: Any) -> httpx.Response:
        """The whole response, whatever its status."""
        return await self._connections.handle_async_request(request)


def open_client(*, read_seconds: float = READ_SECONDS) -> httpx.AsyncClient:
    """The client of one application; HTTP_PROXY, HTTPS_PROXY and NO_PROXY hold. To be closed by the caller."""

    def open_session() -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=CONNECTIONS, ttl_dns_cache=RESOLVER_CACHE_SECONDS, resolver=_ShuffledResolver()
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(
                connect=CONNECT_SECONDS, sock_connect=CONNECT_SECONDS, sock_read=read_seconds
            ),
            # aiohttp reads the environment again for each request, so it is asked to only where there is a proxy.
            trust_env=bool(getproxies()),
        )

    return _Client(_Connections(client=open_session))


class _Answer(msgspec.Struct):
    """What is needed of a peer's answer; a peer in another language may say more."""

    msg: str


_decode = msgspec.json.Decoder(_Answer).decode


@lru_cache(maxsize=64)
def _parse(url: str) -> tuple[httpx.URL, tuple[bytes, bytes]]:
    """What httpx would find out for each request anew: the URL's parts and the header that names its host."""
    parsed = httpx.URL(url)
    return parsed, (b"host", parsed.netloc)


class Peer:
    """The service at SERVICE_URL."""

    def __init__(self, client: httpx.AsyncClient, service_url: str, *, total_seconds: float = TOTAL_SECONDS) -> None:
        self._client = client
        self._service_url = service_url
        self._total_seconds = total_seconds

    async def ask(self, path: str, *, headers: Iterable[tuple[bytes, bytes]]) -> str:
        """The `msg` that `GET {SERVICE_URL}{path}` answers; UpstreamProblem where there is none."""
        url = self._service_url + path
        parsed, host = _parse(url)
        request = httpx.Request("GET", parsed, headers=[host, *headers], stream=_NO_BODY)
        try:
            async with asyncio.timeout(self._total_seconds):
                response = await self._client.send(request)
        except (httpx.HTTPError, aiohttp.ClientError, TimeoutError) as error:
            raise _problem(url, error) from error
        if not response.is_success:
            raise UpstreamProblem(status=502, upstream=url, detail=f"{url} answered {response.status_code}.")
        try:
            return _decode(response.content).msg
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            detail = f"{url} answered no JSON object with a text 'msg'."
            raise UpstreamProblem(status=502, upstream=url, detail=detail) from error


def _problem(url: str, error: Exception) -> UpstreamProblem:
    # The transport reports every failed connection as a timeout (httpx-aiohttp 0.2), so aiohttp's own error decides.
    cause = error.__cause__ if isinstance(error.__cause__, aiohttp.ClientError) else error
    if isinstance(cause, TimeoutError | httpx.TimeoutException):
        return UpstreamProblem(status=504, upstream=url, detail=f"{url} took too long to answer.")
    if isinstance(cause, aiohttp.ClientConnectorDNSError):
        return UpstreamProblem(status=502, upstream=url, detail=f"{url} cannot be reached: its name does not resolve.")
    if isinstance(cause, aiohttp.ClientConnectorError | httpx.ConnectError):
        return UpstreamProblem(status=502, upstream=url, detail=f"{url} cannot be reached: no connection.")
    return UpstreamProblem(status=502, upstream=url, detail=f"{url} gave no complete HTTP answer.")

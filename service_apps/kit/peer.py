"""The other service that this one calls: one pooled HTTP client, and how its answers and failures are reported.

httpx is the interface and aiohttp opens the connections, through the transport of httpx-aiohttp: httpx's own pool
checks every idle socket for each request, which costs two thirds of the throughput at 64 connections
(`tools/bench/service_apps.py` measures it). aiohttp also repeats a GET on another connection when the peer has closed
an idle one, so a rolling deployment of the peer loses no request.
"""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import Callable, Iterable
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final, TypeVar
from urllib.request import getproxies

import aiohttp
import httpx
import msgspec
from aiohttp.abc import AbstractResolver, ResolveResult
from httpx_aiohttp import AiohttpTransport

from service_apps.kit.problems import UpstreamProblem

_Value = TypeVar("_Value")

RESOLVER_CACHE_SECONDS: Final = 2
"""The time for which a cached address is used after its name no longer resolves to it.

The drain time is longer than this time and the TTL together.
"""
CONNECT_SECONDS: Final = 2.0
READ_SECONDS: Final = 5.0
TOTAL_SECONDS: Final = 10.0
"""The limit for a whole request.

The read timeout alone would not end a request to a peer that sends one byte at a time.
"""
CONNECTIONS: Final = 100
"""Open connections; if all are busy, a request waits up to CONNECT_SECONDS for one."""


class _ShuffledResolver(AbstractResolver):
    """A resolver that queries the system and returns the addresses in random order.

    getaddrinfo sorts, so the first address would get every connection that is opened right after a look-up.
    """

    def __init__(self) -> None:
        self._system = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        addresses = await self._system.resolve(host, port, family)
        random.shuffle(addresses)
        return addresses

    async def close(self) -> None:
        await self._system.close()


def open_client(*, read_seconds: float = READ_SECONDS) -> httpx.AsyncClient:
    """Make the client of one application; HTTP_PROXY, HTTPS_PROXY and NO_PROXY apply. The caller closes it."""
    return httpx.AsyncClient(
        transport=AiohttpTransport(client=_open_session),
        timeout=httpx.Timeout(read_seconds, connect=CONNECT_SECONDS, pool=CONNECT_SECONDS),
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # none is kept: requests come from many users
    )


def _open_session() -> aiohttp.ClientSession:
    """Open aiohttp's connections; the transport calls this at the first request, when the event loop runs."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            limit=CONNECTIONS, ttl_dns_cache=RESOLVER_CACHE_SECONDS, resolver=_ShuffledResolver()
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        # With trust_env, aiohttp reads the environment for each request, so it is set only if a proxy is configured.
        trust_env=bool(getproxies()),
    )


class _Answer(msgspec.Struct):
    """The required fields of a peer's response. The response may have more fields."""

    msg: str


_decode_answer = msgspec.json.Decoder(_Answer).decode


class Peer:
    """The service at SERVICE_URL."""

    def __init__(self, client: httpx.AsyncClient, service_url: str, *, total_seconds: float = TOTAL_SECONDS) -> None:
        self._client = client
        self._service_url = service_url
        self._total_seconds = total_seconds

    async def fetch_message(self, path: str, *, headers: Iterable[tuple[bytes, bytes]]) -> str:
        """Return the `msg` of the answer to `GET {SERVICE_URL}{path}`; raise UpstreamProblem if there is none."""
        return (await self._fetch(path, _decode_answer, "a JSON object with a string 'msg'", headers)).msg

    async def fetch(self, path: str, type_: type[_Value]) -> _Value:
        """Return the answer to `GET {SERVICE_URL}{path}` as a value of a type of msgspec; raise UpstreamProblem if it
        is not valid."""
        return await self._fetch(path, msgspec.json.Decoder(type_).decode, f"the JSON of a {type_.__name__}", ())

    async def _fetch(
        self,
        path: str,
        decode: Callable[[bytes], _Value],
        expected: str,
        headers: Iterable[tuple[bytes, bytes]],
    ) -> _Value:
        url = self._service_url + path
        try:
            async with asyncio.timeout(self._total_seconds):
                response = await self._client.get(url, headers=list(headers))
        except (httpx.HTTPError, aiohttp.ClientError, TimeoutError) as error:
            raise _problem(url, error) from error
        if not response.is_success:
            raise UpstreamProblem(status=502, upstream=url, detail=f"{url} answered {response.status_code}.")
        try:
            return decode(response.content)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            detail = f"{url} did not answer with {expected}."
            raise UpstreamProblem(status=502, upstream=url, detail=detail) from error


def _problem(url: str, error: Exception) -> UpstreamProblem:
    # httpx-aiohttp 0.2 reports every failed connection as a timeout, so the cause, aiohttp's own error, is examined.
    cause = error.__cause__ if isinstance(error.__cause__, aiohttp.ClientError) else error
    if isinstance(cause, TimeoutError | httpx.TimeoutException):
        return UpstreamProblem(status=504, upstream=url, detail=f"{url} took too long to answer.")
    if isinstance(cause, aiohttp.ClientConnectorDNSError):
        return UpstreamProblem(status=502, upstream=url, detail=f"{url} cannot be reached: its name does not resolve.")
    if isinstance(cause, aiohttp.ClientConnectorError | httpx.ConnectError):
        return UpstreamProblem(status=502, upstream=url, detail=f"{url} cannot be reached: no connection.")
    return UpstreamProblem(status=502, upstream=url, detail=f"{url} did not send a complete HTTP response.")

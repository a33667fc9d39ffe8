"""The fallback for machines without user namespaces: an HTTP proxy that resolves Cloud Map names for the tasks.

    task -> HTTP_PROXY -> this proxy -> a registered address of the host name in the request's URL

The proxy serves only `http` URLs, with one request per connection. Bodies are streamed.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import Future
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

_PIECE_BYTES = 65_536
_CONNECT_TIMEOUT_SECONDS = 5.0
_HOP_BY_HOP = (b"connection", b"proxy-connection", b"keep-alive")

Lookup = Callable[[str], tuple[str, ...]]


class _RefusalError(Exception):
    """A request that the proxy itself answers with 502; the message is the body."""


class NameProxy:
    """A proxy that runs in its own thread, on a free port of `address`.

    It listens from its creation until `close`. `lookup` is called in the proxy's thread.
    """

    def __init__(self, lookup: Lookup, address: str) -> None:
        self._lookup = lookup
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        listening: Future[int] = Future()
        self._thread = threading.Thread(target=self._run, args=(address, listening), name="name-proxy", daemon=True)
        self._thread.start()
        self.url = f"http://{address}:{listening.result()}"

    def close(self) -> None:
        """Stop listening and cut the requests in progress."""
        self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    def _run(self, address: str, listening: Future[int]) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._listen(address, listening))

    async def _listen(self, address: str, listening: Future[int]) -> None:
        server = await asyncio.start_server(self._serve, address, 0, limit=_PIECE_BYTES)
        listening.set_result(server.sockets[0].getsockname()[1])
        async with server:
            await self._stopping.wait()

    async def _serve(self, task_in: asyncio.StreamReader, task_out: asyncio.StreamWriter) -> None:
        with contextlib.closing(task_out), contextlib.suppress(OSError, asyncio.IncompleteReadError):
            try:
                head = await task_in.readuntil(b"\r\n\r\n")
                url, direct_head = _direct(head)
                service_in, service_out = await self._connect(url)
            except (_RefusalError, asyncio.LimitOverrunError) as refusal:
                text = f"{refusal}\n"
                answer = f"HTTP/1.1 502 Bad Gateway\r\nConnection: close\r\nContent-Length: {len(text)}\r\n\r\n{text}"
                task_out.write(answer.encode())
                await task_out.drain()
                return
            with contextlib.closing(service_out):
                service_out.write(direct_head)
                request = asyncio.create_task(_pass_on(task_in, service_out))
                await _pass_on(service_in, task_out)
                request.cancel()

    async def _connect(self, url: SplitResult) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Connect to the first of the name's addresses that accepts the connection."""
        host = url.hostname if url.hostname is not None else ""
        addresses = (host,) if _is_address(host) else self._lookup(host)
        for address in addresses:
            with contextlib.suppress(OSError, TimeoutError):
                port = url.port if url.port is not None else 80
                return await asyncio.wait_for(asyncio.open_connection(address, port), _CONNECT_TIMEOUT_SECONDS)
        raise _RefusalError(
            f"no instance of {host} accepts connections" if addresses else f"no discovery service {host}"
        )


def _direct(head: bytes) -> tuple[SplitResult, bytes]:
    """Return the URL of a request to the proxy, and the request's head in the form that the target server expects."""
    first, *lines = head[:-4].split(b"\r\n")
    method, _, rest = first.partition(b" ")
    target, _, version = rest.rpartition(b" ")
    try:
        url = urlsplit(target.decode("ascii"))
    except ValueError as error:
        raise _RefusalError(f"not a URL: {error}") from error
    if url.scheme != "http":
        raise _RefusalError("this proxy supports only http URLs")
    path = url._replace(scheme="", netloc="", path=url.path if url.path else "/").geturl().encode()
    kept = [line for line in lines if line.partition(b":")[0].lower() not in _HOP_BY_HOP]
    return url, b"\r\n".join([b" ".join((method, path, version)), *kept, b"Connection: close", b"", b""])


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return host == "localhost"
    return True


async def _pass_on(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while piece := await source.read(_PIECE_BYTES):
            sink.write(piece)
            await sink.drain()

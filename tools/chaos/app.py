"""The program of service3 during `make chaos`: bodies of any size both ways, and answers that break off.

GET /service3 -> a message | GET /service3/bytes?count=N -> N bytes
POST /service3/bytes -> length and hash of its body | GET /service3/breaks -> the start of an answer, then a reset
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator

from aiohttp import web

CHUNK = bytes(range(256)) * 256
_KEEP_ALIVE_SECONDS = 4_060  # longer than the idle timeout of any load balancer
_PROMISED_BYTES = 1_000_000


def pieces(count: int) -> Iterator[bytes]:
    """Yield `count` bytes, in pieces."""
    for start in range(0, count, len(CHUNK)):
        yield CHUNK[: count - start]


async def _message(_request: web.Request) -> web.Response:
    return web.json_response({"api": "API 3", "msg": "This is chaos."})


async def _download(request: web.Request) -> web.StreamResponse:
    count = int(request.query["count"])
    answer = web.StreamResponse(headers={"Content-Length": str(count)})
    await answer.prepare(request)
    for piece in pieces(count):
        await answer.write(piece)
    return answer


async def _upload(request: web.Request) -> web.Response:
    received, hashed = 0, hashlib.sha256()
    async for piece in request.content.iter_any():
        received += len(piece)
        hashed.update(piece)
    return web.json_response({"received": received, "sha256": hashed.hexdigest()})


async def _break_off(request: web.Request) -> web.StreamResponse:
    answer = web.StreamResponse(headers={"Content-Length": str(_PROMISED_BYTES)})
    await answer.prepare(request)
    await answer.write(CHUNK)
    if request.transport is not None:
        request.transport.abort()
    return answer


def main() -> None:
    """Serve at HOST and PORT until SIGTERM."""
    app = web.Application()
    app.add_routes(
        [
            web.get("/health", _message),
            web.get("/service3", _message),
            web.get("/service3/bytes", _download),
            web.post("/service3/bytes", _upload),
            web.get("/service3/breaks", _break_off),
        ]
    )
    host, port = os.environ["HOST"], int(os.environ["PORT"])
    web.run_app(app, host=host, port=port, access_log=None, keepalive_timeout=_KEEP_ALIVE_SECONDS)


if __name__ == "__main__":
    main()

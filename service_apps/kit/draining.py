"""The time between SIGTERM and the end: still serving, but asking everyone to go elsewhere.

`server` begins it, `health` tells it, and `CloseWhileDraining` moves pooled connections of callers to another task.
"""

from __future__ import annotations

from collections.abc import Awaitable

from litestar.types import ASGIApp, Message, Receive, Scope, Send


class Draining:
    """Whether this process has been asked to end."""

    __slots__ = ("active",)

    def __init__(self) -> None:
        self.active = False


class CloseWhileDraining:
    """ASGI application around another: adds `Connection: close` to each response while draining.

    Without it a caller would go on with a connection of its pool until the moment the process ends.
    """

    def __init__(self, app: ASGIApp, draining: Draining) -> None:
        self._app = app
        self._draining = draining

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything on; touches the response's headers only while draining."""

        def send_close(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start" and self._draining.active:
                message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
            return send(message)

        await self._app(scope, receive, send_close)

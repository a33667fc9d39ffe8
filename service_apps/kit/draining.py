"""The drain window after SIGTERM: the process still serves requests, and makes its callers use other tasks.

`server` starts it, `health` reports it, and `CloseWhileDraining` makes callers close pooled connections.
"""

from __future__ import annotations

from collections.abc import Awaitable

from litestar.types import ASGIApp, Message, Receive, Scope, Send


class Draining:
    """The drain state of this process; `active` is True after a signal to stop."""

    __slots__ = ("active",)

    def __init__(self) -> None:
        self.active = False


class CloseWhileDraining:
    """An ASGI application that wraps another and adds `Connection: close` to each response while draining.

    Otherwise callers would keep using pooled connections until the process ends.
    """

    def __init__(self, app: ASGIApp, draining: Draining) -> None:
        self._app = app
        self._draining = draining

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Call the wrapped application; add the header to its response while draining."""

        def send_close(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start" and self._draining.active:
                message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
            return send(message)

        await self._app(scope, receive, send_close)

"""The two resources of the services that announce themselves: their own message, and another service's."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import ResponseSpec
from litestar.types import ASGIApp, Receive, Scope, Send

from service_apps.kit.access_log import TRACE_HEADER
from service_apps.kit.peer import Peer

_encode = msgspec.json.Encoder().encode


class Announcement(msgspec.Struct, frozen=True, kw_only=True):
    """Who answers, and what it says."""

    api: str
    msg: str


class FetchedAnnouncement(msgspec.Struct, frozen=True, kw_only=True):
    """The same, with what another service said when asked."""

    api: str
    msg: str
    response: str


def announce(announcement: Announcement) -> HTTPRouteHandler:
    """GET {prefix}: the announcement."""
    answer = _answer(announcement)

    @get("/", operation_id="announce", summary="Who this is", sync_to_thread=False, responses=_says(Announcement))
    def answer_announcement() -> ASGIApp:
        return answer

    return answer_announcement


def fetch_from_peer(api: str, *, peer_path: str) -> HTTPRouteHandler:
    """GET {prefix}/fetch: asks the service at SERVICE_URL for `peer_path` and passes its message on."""

    @get("/fetch", operation_id="fetch", summary="What the other service says", responses=_says(FetchedAnnouncement))
    async def answer_fetch(request: Request[Any, Any, Any]) -> ASGIApp:
        peer: Peer = request.app.state.peer
        trace = [header for header in request.scope["headers"] if header[0] == TRACE_HEADER]
        message = await peer.ask(peer_path, headers=trace)
        return _answer(FetchedAnnouncement(api=api, msg="making request to another service.", response=message))

    return answer_fetch


def _says(schema: type[msgspec.Struct]) -> dict[int, ResponseSpec]:
    return {200: ResponseSpec(schema, description="What it says", generate_examples=False)}


def _answer(content: msgspec.Struct) -> ASGIApp:
    """A ready response: Litestar's own is made to be changed on its way, which costs more than sending it."""
    body = _encode(content)
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]

    async def send_answer(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    return send_answer

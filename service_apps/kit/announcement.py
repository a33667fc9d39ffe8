"""The two resources of service1 to service3: their own message, and the message of another service."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, get
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import ResponseSpec
from litestar.types import ASGIApp, Receive, Scope, Send

from service_apps.kit.access_log import TRACE_HEADER
from service_apps.kit.peer import Peer
from service_apps.kit.problems import UPSTREAM_RESPONSES

_encode = msgspec.json.Encoder().encode


class Announcement(msgspec.Struct, frozen=True, kw_only=True):
    """The name of a service and its message."""

    api: str
    msg: str


class FetchedAnnouncement(msgspec.Struct, frozen=True, kw_only=True):
    """An announcement with the message of another service."""

    api: str
    msg: str
    response: str


def announce(announcement: Announcement) -> HTTPRouteHandler:
    """Return the handler of GET {prefix}, which answers with the announcement."""
    answer = _answer(announcement)

    @get(
        "/",
        operation_id="announce",
        summary="The name and message of this service",
        sync_to_thread=False,
        responses=_response(Announcement),
    )
    def answer_announcement() -> ASGIApp:
        return answer

    return answer_announcement


def fetch_from_peer(api: str, *, peer_path: str) -> HTTPRouteHandler:
    """Return the handler of GET {prefix}/fetch, which returns the message of `peer_path` at SERVICE_URL."""

    @get(
        "/fetch",
        operation_id="fetch",
        summary="The message of the other service",
        responses={**_response(FetchedAnnouncement), **UPSTREAM_RESPONSES},
    )
    async def answer_fetch(request: Request[Any, Any, Any]) -> ASGIApp:
        peer: Peer = request.app.state.peer
        trace = [header for header in request.scope["headers"] if header[0] == TRACE_HEADER]
        message = await peer.fetch_message(peer_path, headers=trace)
        return _answer(FetchedAnnouncement(api=api, msg="making request to another service.", response=message))

    return answer_fetch


def _response(schema: type[msgspec.Struct]) -> dict[int, ResponseSpec]:
    return {200: ResponseSpec(schema, description="The message", generate_examples=False)}


def _answer(content: msgspec.Struct) -> ASGIApp:
    """Return a response that is built once and reused, because building a Litestar response takes longer than sending
    it."""
    body = _encode(content)
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]

    async def send_answer(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    return send_answer

"""The two resources of the services that announce themselves: their own message, and another service's.

Imported by the folders of such services; each gives its own `Announcement`.
"""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, get
from litestar.handlers import HTTPRouteHandler

from service_apps.kit.peer import Peer


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

    @get("/", operation_id="announce", summary="Who this is", sync_to_thread=False)
    def answer_announcement() -> Announcement:
        return announcement

    return answer_announcement


def fetch_from_peer(api: str, *, peer_path: str) -> HTTPRouteHandler:
    """GET {prefix}/fetch: asks the service at SERVICE_URL for `peer_path` and passes its message on."""

    @get("/fetch", operation_id="fetch", summary="What the other service says")
    async def answer_fetch(request: Request[Any, Any, Any]) -> FetchedAnnouncement:
        peer: Peer = request.app.state.peer
        trace = request.headers.get("x-amzn-trace-id")
        message = await peer.ask(peer_path, headers={} if trace is None else {"x-amzn-trace-id": trace})
        return FetchedAnnouncement(api=api, msg="making request to another service.", response=message)

    return answer_fetch

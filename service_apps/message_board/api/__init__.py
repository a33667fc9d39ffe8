"""api: the monolith, with users, threads and posts in one process. Run by its `__main__`."""

from __future__ import annotations

from litestar import MediaType, Router, get

from service_apps.message_board import posts, threads, users
from service_apps.message_board.board_service import API_PATH, board_service


@get("/", operation_id="ready", summary="The readiness of the API", media_type=MediaType.TEXT, sync_to_thread=False)
def answer_api() -> str:
    """Answer at the prefix itself."""
    return "API ready to receive requests"


@get("/", media_type=MediaType.TEXT, sync_to_thread=False)
def answer_root() -> str:
    """Answer requests that the load balancer's default action forwards."""
    return "Ready to receive requests"


SERVICE = board_service(
    "api",
    path=API_PATH,
    default_port=3000,
    handlers=(answer_api, *(Router(part.PATH, route_handlers=part.HANDLERS) for part in (users, threads, posts))),
    root_handlers=(answer_root,),
)

"""threads: what the message board talks about. Run by its `__main__`, and mounted by `message_board.api`."""

from __future__ import annotations

from pathlib import Path

import msgspec
from litestar import get

from service_apps.message_board.board_service import API_PATH, board_service
from service_apps.message_board.collection import Collection


class Thread(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thread; `created_by` is a user's id."""

    id: int
    title: str
    created_by: int


THREADS = Collection.load(Path(__file__).with_name("threads.json"), Thread)


@get("/", operation_id="list_threads", summary="All threads", sync_to_thread=False)
def list_threads() -> tuple[Thread, ...]:
    """In the order of their ids."""
    return THREADS.all


@get("/{thread_id:str}", operation_id="get_thread", summary="One thread", sync_to_thread=False)
def get_thread(thread_id: str) -> Thread:
    """404 where the thread is unknown, 400 where the id is no number."""
    return THREADS.get(thread_id)


PATH = "/threads"
HANDLERS = (list_threads, get_thread)
SERVICE = board_service("threads", path=API_PATH + PATH, default_port=3002, handlers=HANDLERS)

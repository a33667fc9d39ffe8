"""threads: the threads of the message board. Run by its `__main__`, and mounted by `message_board.api`."""

from __future__ import annotations

from pathlib import Path

import msgspec

from service_apps.message_board.board_service import API_PATH, board_service
from service_apps.message_board.collection import Collection
from service_apps.message_board.reading import read_handlers


class Thread(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thread; `created_by` is a user's id."""

    id: int
    title: str
    created_by: int


THREADS = Collection.load(Path(__file__).with_name("threads.json"), Thread)

PATH = "/threads"
HANDLERS = read_handlers(THREADS, Thread)
SERVICE = board_service("threads", path=API_PATH + PATH, default_port=3002, handlers=HANDLERS)

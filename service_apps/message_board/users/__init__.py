"""users: the users of the message board. Run by its `__main__`, and mounted by `message_board.api`."""

from __future__ import annotations

from pathlib import Path

import msgspec

from service_apps.message_board.board_service import API_PATH, board_service
from service_apps.message_board.collection import Collection
from service_apps.message_board.reading import read_handlers


class User(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One user."""

    id: int
    username: str
    name: str
    bio: str


USERS = Collection.load(Path(__file__).with_name("users.json"), User)

PATH = "/users"
HANDLERS = read_handlers(USERS, User)
SERVICE = board_service("users", path=API_PATH + PATH, default_port=3001, handlers=HANDLERS)

"""users: who writes on the message board. Run by its `__main__`, and mounted by `message_board.api`."""

from __future__ import annotations

from pathlib import Path

import msgspec
from litestar import get

from service_apps.message_board.board_service import API_PATH, board_service
from service_apps.message_board.collection import Collection


class User(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One user."""

    id: int
    username: str
    name: str
    bio: str


USERS = Collection.load(Path(__file__).with_name("users.json"), User)


@get("/", operation_id="list_users", summary="All users", sync_to_thread=False)
def list_users() -> tuple[User, ...]:
    """In the order of their ids."""
    return USERS.all


@get("/{user_id:str}", operation_id="get_user", summary="One user", sync_to_thread=False)
def get_user(user_id: str) -> User:
    """404 where the user is unknown, 400 where the id is no number."""
    return USERS.get(user_id)


PATH = "/users"
HANDLERS = (list_users, get_user)
SERVICE = board_service("users", path=API_PATH + PATH, default_port=3001, handlers=HANDLERS)

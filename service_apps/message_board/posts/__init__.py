"""posts: the posts of the message board. Run by its `__main__`, and mounted by `message_board.api`.

It stores no users and no threads, so it cannot distinguish an unknown user or thread from one without posts: both have
an empty list of posts, and the monolith answers the same.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
from litestar import get

from service_apps.message_board.board_service import API_PATH, board_service
from service_apps.message_board.collection import Collection, Id, parse_id
from service_apps.message_board.reading import read_handlers


class Post(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One post; `thread` and `user` are ids."""

    id: int
    thread: int
    user: int
    text: str


POSTS = Collection.load(Path(__file__).with_name("posts.json"), Post)


@get(
    "/in-thread/{thread_id:str}", operation_id="list_posts_in_thread", summary="A thread's posts", sync_to_thread=False
)
def list_posts_in_thread(thread_id: Id) -> tuple[Post, ...]:
    """Return an empty list for an unknown thread; 400 if the id is not a number."""
    wanted = parse_id(thread_id)
    return tuple(post for post in POSTS.all if str(post.thread) == wanted)


@get("/by-user/{user_id:str}", operation_id="list_posts_by_user", summary="A user's posts", sync_to_thread=False)
def list_posts_by_user(user_id: Id) -> tuple[Post, ...]:
    """Return an empty list for an unknown user; 400 if the id is not a number."""
    wanted = parse_id(user_id)
    return tuple(post for post in POSTS.all if str(post.user) == wanted)


PATH = "/posts"
HANDLERS = (*read_handlers(POSTS, Post), list_posts_in_thread, list_posts_by_user)
SERVICE = board_service("posts", path=API_PATH + PATH, default_port=3003, handlers=HANDLERS)

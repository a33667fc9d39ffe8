"""The required URLs of the board's services, their header on every answer, and their data."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from litestar import get

from service_apps.kit.application import create_app
from service_apps.kit.draining import Draining
from service_apps.kit.service import Service
from service_apps.kit.settings import SettingsError, read_settings
from service_apps.message_board import api, posts, threads, users
from service_apps.message_board.board_service import board_service
from service_apps.message_board.posts import POSTS
from service_apps.message_board.threads import THREADS
from service_apps.message_board.users import USERS

PATHS = {"api": "/api", "users": "/api/users", "threads": "/api/threads", "posts": "/api/posts"}
SERVICES = {part.SERVICE.name: part.SERVICE for part in (api, users, threads, posts)}
EACH = pytest.mark.parametrize("service", SERVICES.values(), ids=SERVICES)


@EACH
def test_the_default_prefix_is_the_path_of_the_board(service: Service) -> None:
    assert read_settings({}, service).path_prefix == PATHS[service.name]


@EACH
@pytest.mark.parametrize("before", ["", "/boards/1"])
def test_the_board_may_be_below_another_path(service: Service, before: str) -> None:
    prefix = before + PATHS[service.name]
    assert read_settings({"PATH_PREFIX": prefix}, service).path_prefix == prefix


@EACH
def test_a_prefix_that_would_give_other_urls_is_refused_at_start(service: Service) -> None:
    path = PATHS[service.name]
    for wrong in ("", "/", "/users", f"{path}s", f"{path}/v2", f"/x{path[1:]}"):
        with pytest.raises(SettingsError) as caught:
            read_settings({"PATH_PREFIX": wrong}, service)
        assert caught.value.problems == (f"PATH_PREFIX={wrong!r}: must end in '{path}'",)


def test_no_two_services_have_the_same_default_port() -> None:
    assert len({service.default_port for service in SERVICES.values()}) == len(SERVICES)


def test_an_internal_error_also_names_the_service() -> None:
    @get("/", sync_to_thread=False)
    def fail() -> str:
        raise RuntimeError

    service = board_service("broken", path="/api/broken", default_port=3000, handlers=(fail,))
    app = create_app(service, read_settings({}, service), draining=Draining())

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://board") as client:
            return await client.get("/api/broken")

    answer = asyncio.run(ask())
    assert (answer.status_code, answer.headers["X-Served-By"]) == (500, "broken")


def test_every_author_and_thread_that_the_data_names_exists() -> None:
    user_ids = {user.id for user in USERS.all}
    assert {thread.created_by for thread in THREADS.all} | {post.user for post in POSTS.all} <= user_ids
    assert {post.thread for post in POSTS.all} <= {thread.id for thread in THREADS.all}


def test_the_data_has_a_user_without_posts() -> None:
    assert {user.id for user in USERS.all} - {post.user for post in POSTS.all}

"""A service's declaration and its settings -> the ASGI application.

It has the handlers under the prefix, the health check, the OpenAPI document, and JSON problems for everything else.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
from litestar import Litestar, Response, Router
from litestar.exceptions import NotFoundException
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import SwaggerRenderPlugin
from litestar.openapi.spec import Server
from litestar.types import Message, Scope

from service_apps.kit.draining import Draining
from service_apps.kit.health import health
from service_apps.kit.peer import Peer, open_client
from service_apps.kit.problems import PROBLEM_HANDLERS, describe_problems
from service_apps.kit.service import Service
from service_apps.kit.settings import Settings


def create_app(
    service: Service,
    settings: Settings,
    *,
    draining: Draining,
    open_client: Callable[[], httpx.AsyncClient] = open_client,
) -> Litestar:
    """Create the application; `open_client` is called at its start, if the service calls another service.

    The load balancer forwards paths unchanged, so every path begins with the prefix; /health also answers without it.
    """
    prefix = settings.path_prefix
    answer_health = health(name=service.name, version=settings.version, draining=draining)
    service_url = settings.service_url
    outside = (*([answer_health] if prefix != "" else []), *service.root_handlers)
    app = Litestar(
        route_handlers=[
            Router(prefix if prefix != "" else "/", route_handlers=[*service.handlers, answer_health]),
            Router("/", route_handlers=outside, include_in_schema=False),
        ],
        exception_handlers=PROBLEM_HANDLERS,
        before_send=[] if not service.response_headers else [_add_headers(service.response_headers)],
        lifespan=[
            *([] if service_url is None else [lambda app: _peer(app, open_client, service_url)]),
            *([] if service.lifespan is None else [service.lifespan]),
        ],
        logging_config=None,
        openapi_config=_describe(service, settings),
    )
    document = app.openapi_schema
    describe_problems(document)
    document.paths = {
        path.removeprefix(prefix) if path != prefix else "/": item for path, item in (document.paths or {}).items()
    }
    return app


@asynccontextmanager
async def _peer(app: Litestar, open_client: Callable[[], httpx.AsyncClient], service_url: str) -> AsyncIterator[None]:
    async with open_client() as client:
        app.state.peer = Peer(client, service_url)
        yield


def _add_headers(headers: tuple[tuple[str, str], ...]) -> Callable[[Message, Scope], Awaitable[None]]:
    encoded = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]

    async def add_headers(message: Message, _scope: Scope) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *encoded]

    return add_headers


def _describe(service: Service, settings: Settings) -> OpenAPIConfig:
    """Return the OpenAPI settings; paths are relative to the server URL, the prefix, so they fit any domain."""
    prefix = settings.path_prefix
    return OpenAPIConfig(
        title=service.name,
        version=settings.version,
        servers=[Server(url=prefix if prefix != "" else "/")],
        openapi_router=Router(
            f"{prefix}/schema", route_handlers=[], include_in_schema=False, after_request=_refuse_unknown_page
        ),
        render_plugins=[SwaggerRenderPlugin()],
    )


def _refuse_unknown_page(response: Response[Any]) -> Response[Any]:
    """Raise NotFoundException for an unknown page: Litestar answers in HTML below /schema, this service in JSON."""
    if response.status_code == NotFoundException.status_code:
        raise NotFoundException
    return response

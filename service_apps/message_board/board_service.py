"""The shared parts of the board's four services: their URLs, and the header that names the service that answered.

The load balancer gives each service its prefix. The monolith's ends in /api, a microservice's in /api and its resource.
A process with another prefix refuses to start, because its URLs would differ from the monolith's.
"""

from __future__ import annotations

from typing import Final

from litestar import Router
from litestar.handlers import HTTPRouteHandler

from service_apps.kit.service import Service

SERVED_BY: Final = "X-Served-By"
"""A header of every answer that names the service; a migration counts requests by it."""

API_PATH: Final = "/api"


def board_service(
    name: str,
    *,
    path: str,
    default_port: int,
    handlers: tuple[HTTPRouteHandler | Router, ...],
    root_handlers: tuple[HTTPRouteHandler, ...] = (),
) -> Service:
    """Return one of the four services; `path` is the end of its prefix, the other arguments are those of `Service`."""
    return Service(
        name=name,
        default_port=default_port,
        handlers=handlers,
        root_handlers=root_handlers,
        path_prefix_end=path,
        response_headers=((SERVED_BY, name),),
    )

"""What the board's four services have in common: where their URLs are, and how they say who answered.

The load balancer gives each its own prefix: the monolith ends in /api, the service of one resource in /api and that
resource. So a process that would answer at other URLs than the one before it refuses to start.
"""

from __future__ import annotations

from typing import Final

from litestar import Router
from litestar.handlers import HTTPRouteHandler

from service_apps.kit.service import Service

SERVED_BY: Final = "X-Served-By"
"""The header of every answer that names the service: what a migration is counted by."""

API_PATH: Final = "/api"


def board_service(
    name: str,
    *,
    path: str,
    default_port: int,
    handlers: tuple[HTTPRouteHandler | Router, ...],
    root_handlers: tuple[HTTPRouteHandler, ...] = (),
) -> Service:
    """One of the four; `path` is what its prefix ends in, and the other arguments are those of `Service`."""
    return Service(
        name=name,
        default_port=default_port,
        handlers=handlers,
        root_handlers=root_handlers,
        path_prefix_end=path,
        response_headers=((SERVED_BY, name),),
    )

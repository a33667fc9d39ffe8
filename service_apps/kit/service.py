"""What a service folder declares about itself: its name, its port, its handlers and whom it calls."""

from __future__ import annotations

from dataclasses import dataclass

from litestar import Router
from litestar.handlers import HTTPRouteHandler


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service application; everything that is not here is the same in all of them."""

    name: str
    """Told by /health, by the OpenAPI document and by each line of the log."""
    default_port: int
    """The TCP port where the variable PORT is not set."""
    handlers: tuple[HTTPRouteHandler | Router, ...]
    """Litestar handlers with paths relative to the path prefix: "/" is the prefix itself."""
    root_handlers: tuple[HTTPRouteHandler, ...] = ()
    """Handlers with whole paths, which the path prefix does not precede; the OpenAPI document leaves them out."""
    path_prefix_end: str = ""
    """What PATH_PREFIX must end in, and its value where it is not set: for services whose URLs are known by others."""
    response_headers: tuple[tuple[str, str], ...] = ()
    """Header names and values of every answer, problems and health included; Latin-1 text."""
    default_service_url: str | None = None
    """Where the variable SERVICE_URL is not set. None: the service calls no other one, and SERVICE_URL is not read."""

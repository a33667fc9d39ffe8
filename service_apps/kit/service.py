"""The declaration of a service: its name, port, handlers and the service that it calls."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from litestar import Litestar, Router
from litestar.handlers import HTTPRouteHandler


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One service application; all other properties are the same for all services."""

    name: str
    """The name in /health, in the OpenAPI document and in each line of the log."""
    default_port: int
    """The TCP port if the variable PORT is not set."""
    handlers: tuple[HTTPRouteHandler | Router, ...]
    """Litestar handlers with paths relative to the path prefix: "/" is the prefix itself."""
    root_handlers: tuple[HTTPRouteHandler, ...] = ()
    """Handlers with full paths, outside of the path prefix; not in the OpenAPI document."""
    path_prefix_end: str = ""
    """The string that PATH_PREFIX must end with, which is also its default. For services whose URLs must not change."""
    response_headers: tuple[tuple[str, str], ...] = ()
    """Header names and values of every response, also of problems and /health; Latin-1."""
    lifespan: Callable[[Litestar], AbstractAsyncContextManager[None]] | None = None
    """A context manager that is entered while the application runs, for example for a pool of database connections.

    None: nothing to open.
    """
    default_service_url: str | None = None
    """The default of the variable SERVICE_URL. None: the service calls no other one and does not read it."""

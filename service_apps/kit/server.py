"""Settings and application -> a running process that ends the way ECS expects.

SIGTERM: /health says 503 at once, requests are served on the open socket for DRAIN_SECONDS, those in flight finish,
exit code 0. SIGINT skips the window. A second signal ends at once, with exit code 1.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
import sys
from time import monotonic
from types import FrameType
from typing import Final

import uvicorn
from litestar.types import ASGIApp

from service_apps.kit.access_log import AccessLog
from service_apps.kit.application import create_app
from service_apps.kit.draining import CloseWhileDraining, Draining
from service_apps.kit.log import LogStream, configure_logging
from service_apps.kit.service import Service
from service_apps.kit.settings import Settings, SettingsError, read_settings

KEEP_ALIVE_SECONDS: Final = 75
"""Longer than a load balancer's idle timeout, 60 s by default: else it may use a connection that was just closed."""

GARBAGE_THRESHOLD: Final = 20_000
"""How many more objects there are than at the last look for garbage; Python's own is 700. Some megabytes at most."""

_log = logging.getLogger(__name__)


class _DrainingServer(uvicorn.Server):
    """uvicorn closes its sockets at once on SIGTERM; this one waits for the end of the drain window first."""

    def __init__(self, config: uvicorn.Config, *, draining: Draining, drain_seconds: float) -> None:
        super().__init__(config)
        self._draining = draining
        self._drain_seconds = drain_seconds
        self._ends_at: float | None = None
        """On the monotonic clock; None until a signal came."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - uvicorn's signature
        """Called in the signal handler. Does not call uvicorn's, which would raise the signal again at the end."""
        if self._ends_at is not None:
            self.should_exit = self.force_exit = True
            return
        self._ends_at = monotonic() + (self._drain_seconds if sig == signal.SIGTERM else 0)
        self._draining.active = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Says where it listens."""
        await super().startup(sockets=sockets)
        if self.started:
            _log.info("listening on %s port %d", self.config.host, self.config.port)

    async def on_tick(self, counter: int) -> bool:
        """Called ten times a second; the drain window begins and ends here."""
        if self._ends_at is not None and monotonic() >= self._ends_at:
            self.should_exit = True
        return await super().on_tick(counter)


def serve(app: ASGIApp, settings: Settings, draining: Draining) -> None:
    """Serves until a signal ends it; exits with a code other than 0 if the port is taken or the drain was cut short."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )
    # What exists now stays to the end, and only a failed request leaves anything for the garbage collector.
    # Walking through all of it every few hundred objects takes a tenth of the time.
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD)
    server = _DrainingServer(config, draining=draining, drain_seconds=settings.drain_seconds)
    server.run()
    if server.force_exit:
        sys.exit(1)


def run(service: Service) -> None:
    """The whole life of a service's process; wrong settings end it with code 2 and one line each on standard error."""
    try:
        settings = read_settings(os.environ, service)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)
    stream = LogStream(sys.stdout.buffer)
    configure_logging(stream, service.name)
    draining = Draining()
    app = create_app(service, settings, draining=draining)
    serve(AccessLog(CloseWhileDraining(app, draining), stream, service.name), settings, draining)
    _log.info("ended")

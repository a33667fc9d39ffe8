"""Settings and application -> a running process that ends the way ECS expects.

On SIGTERM, /health returns 503 at once, requests are served for DRAIN_SECONDS, open requests finish, and the process
exits with 0. SIGINT skips the drain window. A second signal ends the process at once, with exit code 1.
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

KEEP_ALIVE_SECONDS: Final = 4_060
"""The time for which idle connections stay open.

It is longer than any idle timeout of a load balancer: otherwise the load balancer might use a connection that was just
closed.
"""

GARBAGE_THRESHOLD: Final = 20_000
"""The number of new objects that starts a garbage collection; Python's default is 700.

The larger number costs at most some megabytes.
"""

_log = logging.getLogger(__name__)


class _DrainingServer(uvicorn.Server):
    """A uvicorn server that closes its sockets after the drain window, not at once on SIGTERM."""

    def __init__(self, config: uvicorn.Config, *, draining: Draining, drain_seconds: float) -> None:
        super().__init__(config)
        self._draining = draining
        self._drain_seconds = drain_seconds
        self._ends_at: float | None = None
        """On the monotonic clock; None before a signal."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - uvicorn's signature
        """Handle the signal without uvicorn's handler, which would raise the signal again at the end."""
        if self._ends_at is not None:
            self.should_exit = self.force_exit = True
            return
        self._ends_at = monotonic() + (self._drain_seconds if sig == signal.SIGTERM else 0)
        self._draining.active = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and log the address."""
        await super().startup(sockets=sockets)
        if self.started:
            _log.info("listening on %s port %d", self.config.host, self.config.port)

    async def on_tick(self, counter: int) -> bool:
        """End the server after the drain window; uvicorn calls this ten times a second."""
        if self._ends_at is not None and monotonic() >= self._ends_at:
            self.should_exit = True
        return await super().on_tick(counter)


def serve(app: ASGIApp, settings: Settings, draining: Draining) -> None:
    """Serve until a signal; exit with a code other than 0 if the port is in use or the drain was interrupted."""
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
    # The objects that exist now live until the end, and only failed requests leave garbage. So they are not scanned,
    # which would take a tenth of the time.
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD)
    server = _DrainingServer(config, draining=draining, drain_seconds=settings.drain_seconds)
    server.run()
    if server.force_exit:
        sys.exit(1)


def run(service: Service) -> None:
    """Run a service's process until its end; exit with 2 and one line per invalid setting on standard error."""
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

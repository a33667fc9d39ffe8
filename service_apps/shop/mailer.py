"""mailer: a worker that confirms new orders. It has no port. `python -m service_apps.shop.mailer` runs it.

It writes each confirmation to its log, where a real shop would send an e-mail. SIGTERM ends it after the current round.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from typing import Final

from service_apps.kit.log import LogStream, configure_logging
from service_apps.shop.database import open_pool, take_unmailed

_PAUSE_SECONDS: Final = 1.0

_log = logging.getLogger(__name__)


async def work(stop: asyncio.Event) -> None:
    """Confirm orders until `stop` is set."""
    async with await open_pool() as pool:
        while not stop.is_set():
            for order in await take_unmailed(pool):
                _log.info("confirmed order %d: %s", order.id, order.item)
            try:
                await asyncio.wait_for(stop.wait(), _PAUSE_SECONDS)
            except TimeoutError:
                continue


async def _run() -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, stop.set)
    await work(stop)


if __name__ == "__main__":
    configure_logging(LogStream(sys.stdout.buffer), "mailer")
    asyncio.run(_run())
    _log.info("ended")

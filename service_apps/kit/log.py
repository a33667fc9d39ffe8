"""The log: JSON on standard output, one line per event, encoded and written once per turn of the event loop.

Writing each line separately would cost a system call per line, and the encoder would no longer be in the CPU's cache.
Collecting the lines delays them by at most one turn.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from typing import BinaryIO

import msgspec

_encode_lines = msgspec.json.Encoder().encode_lines


class LogStream:
    """A queue of events that are written to a binary file, in order."""

    def __init__(self, output: BinaryIO) -> None:
        self._output = output
        self._pending: list[msgspec.Struct] = []
        self._now = datetime.now(UTC)

    def now(self) -> datetime:
        """Return the time of the next event; the clock is read once per turn of the event loop."""
        if not self._pending:
            self._now = datetime.now(UTC)
        return self._now

    def write(self, event: msgspec.Struct) -> None:
        """Add one event, which becomes one line. Outside of an event loop it is written at once."""
        self._pending.append(event)
        if len(self._pending) > 1:
            return  # the first event has scheduled a flush
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.flush()
        else:
            loop.call_soon(self.flush)

    def flush(self) -> None:
        """Write the pending events. If the reader of the log is gone, lines are lost and requests continue."""
        events, self._pending = self._pending, []
        try:
            self._output.write(_encode_lines(events))
            self._output.flush()
        except OSError:
            return


class _Record(msgspec.Struct, omit_defaults=True, kw_only=True):
    time: datetime
    level: str
    service: str
    event: str
    logger: str
    exception: str | None = None


class _JsonHandler(logging.Handler):
    """A handler that writes records of the standard library's logging, also those of libraries, to the stream."""

    def __init__(self, stream: LogStream, service: str) -> None:
        super().__init__()
        self._stream = stream
        self._service = service

    def emit(self, record: logging.LogRecord) -> None:
        trace = None if record.exc_info is None else logging.Formatter().formatException(record.exc_info)
        event = _Record(
            time=datetime.fromtimestamp(record.created, UTC),
            level=record.levelname.lower(),
            service=self._service,
            event=record.getMessage().strip(),
            logger=record.name,
            exception=trace,
        )
        self._stream.write(event)


def configure_logging(stream: LogStream, service: str) -> None:
    """Send every record from level INFO to the stream; those of libraries from WARNING."""
    logging.basicConfig(level=logging.WARNING, handlers=[_JsonHandler(stream, service)], force=True)
    logging.getLogger("service_apps").setLevel(logging.INFO)
    logging.captureWarnings(capture=True)

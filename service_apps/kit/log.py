"""The log: JSON on standard output, one line an event, encoded and written in one piece per turn of the event loop.

One by one, each line would cost its request a system call and an encoder out of the processor's cache; collected, no
line is delayed by more than that turn.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from typing import BinaryIO

import msgspec

_encode_lines = msgspec.json.Encoder().encode_lines


class LogStream:
    """Events on their way to a binary file, in order."""

    def __init__(self, output: BinaryIO) -> None:
        self._output = output
        self._pending: list[msgspec.Struct] = []
        self._now = datetime.now(UTC)

    def now(self) -> datetime:
        """The time for an event that is written next: the clock is read once per turn of the event loop."""
        if not self._pending:
            self._now = datetime.now(UTC)
        return self._now

    def write(self, event: msgspec.Struct) -> None:
        """Adds one event, which becomes one line. Outside of an event loop it is written at once."""
        self._pending.append(event)
        if len(self._pending) > 1:
            return  # the flush that the first one asked for is still to come
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.flush()
        else:
            loop.call_soon(self.flush)

    def flush(self) -> None:
        """Writes what is pending. Where nobody reads the log any more, lines are lost and requests go on."""
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
    """Turns records of the standard library's logging, our own and those of libraries, into lines of the stream."""

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
    """Sends every record of level INFO or above to the stream; libraries' own only from WARNING."""
    logging.basicConfig(level=logging.WARNING, handlers=[_JsonHandler(stream, service)], force=True)
    logging.getLogger("service_apps").setLevel(logging.INFO)
    logging.captureWarnings(capture=True)

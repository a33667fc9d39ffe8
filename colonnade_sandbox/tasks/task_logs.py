"""The log driver `awslogs` of all containers: log file -> lines, with the time at which they are read -> `LogStore`.

A container writes to its file and never waits for a reader, as in the mode non-blocking.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from botocore.exceptions import ClientError

from colonnade_sandbox.control_plane.log_store import LogStore
from colonnade_sandbox.polling_thread import PollingThread

_TURN_SECONDS = 0.1
_MOST_BYTES_PER_TURN = 1024 * 1024
_BUFFER_BYTES = 16 * _MOST_BYTES_PER_TURN
_LONGEST_LINE_BYTES = 256 * 1024
"""https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html"""


class LogClients(Protocol):
    """The boto3 client that creates log streams."""

    @property
    def logs(self) -> Any: ...


class LogGroupError(Exception):
    """A log stream cannot be created; the message has the words of ECS."""


@dataclass(slots=True, kw_only=True)
class _Followed:
    """The log of one container, read up to some place."""

    group: str
    stream: str
    file: BinaryIO
    rest: bytes = b""
    """The beginning of a line that has no end yet."""
    ended: bool = False
    complete: bool = False
    """True if the container has ended and everything is read."""

    def lines(self) -> list[str]:
        """Return the lines since the last call, without empty ones; the last one may have no end of line."""
        self._skip_backlog()
        piece = self.file.read(_MOST_BYTES_PER_TURN)
        *whole, self.rest = (self.rest + piece).split(b"\n")
        self.complete = self.ended and not piece
        if self.complete or len(self.rest) > _LONGEST_LINE_BYTES:
            whole, self.rest = [*whole, self.rest], b""
        decoded = (line.decode(errors="replace").rstrip("\r") for line in whole)
        return [line for line in decoded if line]

    def _skip_backlog(self) -> None:
        """Skip lines if the container writes faster than they are read.

        `awslogs` also drops lines when its buffer is full.
        """
        size = os.fstat(self.file.fileno()).st_size
        if size - self.file.tell() > _BUFFER_BYTES:
            self.file.seek(size - _MOST_BYTES_PER_TURN)
            self.file.readline()
            self.rest = b""


class TaskLogs:
    """The logs of all tasks, read from `start` to `close`. `clock` returns seconds since the epoch."""

    def __init__(self, aws: LogClients, store: LogStore, clock: Callable[[], float]) -> None:
        self._aws = aws
        self._store = store
        self._clock = clock
        self._followed: dict[Path, _Followed] = {}
        self._lock = threading.Lock()
        self._thread = PollingThread(self.read, name="task-logs", what="task logs", turn_seconds=_TURN_SECONDS)

    def start(self) -> None:
        self._thread.start()

    def create_stream(self, group: str, stream: str) -> None:
        """Create the log stream of a container; raises LogGroupError.

        https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html
        """
        try:
            self._aws.logs.create_log_stream(logGroupName=group, logStreamName=stream)
        except ClientError as error:
            found = error.response["Error"]
            raise LogGroupError(
                "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: "
                f"failed to create Cloudwatch log stream: {found['Code']}: {found['Message']} : exit status 1"
            ) from error

    def follow(self, path: Path, group: str, stream: str) -> None:
        """Read the lines of the file, which exists, until `ended` is called for it."""
        with self._lock:
            self._followed[path] = _Followed(group=group, stream=stream, file=path.open("rb"))

    def ended(self, path: Path) -> None:
        """Read the rest of the file, whose container has ended; without effect for a file that is not followed."""
        with self._lock:
            if path in self._followed:
                self._followed[path].ended = True

    def read(self) -> None:
        """Read the new lines of all files."""
        with self._lock:
            for path, followed in list(self._followed.items()):
                lines = followed.lines()
                if lines:
                    now = int(self._clock() * 1000)
                    self._store.append(followed.group, followed.stream, [(now, line) for line in lines])
                if followed.complete:
                    followed.file.close()
                    del self._followed[path]

    def close(self) -> None:
        """Stop reading. Safe to call twice."""
        self._thread.close()
        with contextlib.ExitStack() as files, self._lock:
            for followed in self._followed.values():
                files.enter_context(followed.file)
            self._followed = {}

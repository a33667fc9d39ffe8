"""Child processes that end with this one: a signal goes on to them, is waited for, and then ends the block.

Each runs in a session of its own, so that Ctrl-C in a terminal reaches it only through here, and once.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, TracebackType
from typing import IO, Any, Self

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class InterruptedBySignalError(Exception):
    """A signal ended the block; `exit_status` is what a shell has for it."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.exit_status = 128 + number


class Interruptible:
    """A context manager for the main thread, in which `_SIGNALS` raise InterruptedBySignalError.

    Leaving it early ends the processes that it started. A further signal reaches those that take their time.
    """

    def __init__(self) -> None:
        self._processes: list[subprocess.Popen[str]] = []
        self._earlier: dict[int, Any] = {}

    def __enter__(self) -> Self:
        self._earlier = {number: signal.signal(number, self._interrupt) for number in _SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for number, handler in self._earlier.items():
            signal.signal(number, handler)

    def start(
        self,
        *arguments: str,
        stdout: int | IO[Any],
        stderr: int | IO[Any] | None = None,
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> subprocess.Popen[str]:
        """This Python with other arguments, in `folder` and with `environment`, which are this one's by default."""
        process = subprocess.Popen(
            [sys.executable, *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=stderr,
            text=True,
            start_new_session=True,
        )
        self._processes.append(process)
        return process

    @contextmanager
    def uninterrupted(self) -> Iterator[None]:
        """The processes are ended first; a signal within the block reaches only those that are left."""
        for number in _SIGNALS:
            signal.signal(number, self._end)
        self._end()
        for process in self._processes:
            process.wait()
        yield

    def _interrupt(self, number: int, _frame: FrameType | None) -> None:
        raise InterruptedBySignalError(number)

    def _end(self, *_signal: object) -> None:
        for process in self._processes:
            if process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGTERM)

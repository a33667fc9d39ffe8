"""Ctrl-C, SIGTERM and SIGHUP as something to ask about, so that every ending goes the same orderly way.

The first one asks for an end; the second one takes it.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_HARD_STOP_SECONDS = 8.0
_MAIN_THREAD_SECONDS = 2.0


class Interruption:
    """Takes over the signals of the process when it is made, which must be in the main thread."""

    def __init__(self, on_second: Callable[[], None]) -> None:
        """`on_second` ends what runs, in a thread of its own; the process exits after it returns, or after 10 s."""
        self._on_second = on_second
        self._asked = threading.Event()
        self._number: int | None = None
        for each in _SIGNALS:
            signal.signal(each, self._receive)

    def reason(self) -> str | None:
        """Why to stop; None as long as nobody wants it."""
        return "interrupted" if self._asked.is_set() else None

    def wait(self, seconds: float) -> bool:
        """Wait that long, or until somebody wants an end; whether somebody does."""
        return self._asked.wait(seconds)

    def take(self) -> None:
        """The end that was asked for is under way and not to be stopped by it. A second signal still counts."""
        self._asked.clear()

    @property
    def exit_code(self) -> int | None:
        """As a shell has it, 130 for Ctrl-C; None if no signal came."""
        return 128 + self._number if self._number is not None else None

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        if self._number is not None:
            threading.Thread(target=self._stop_hard, name="hard-stop", daemon=True).start()
            return
        self._number = number
        self._asked.set()

    def _stop_hard(self) -> None:
        ending = threading.Thread(target=self._on_second, name="hard-stop-work", daemon=True)
        ending.start()
        ending.join(_HARD_STOP_SECONDS)
        threading.main_thread().join(_MAIN_THREAD_SECONDS)  # with all ended, it has only its files to remove
        os._exit(self.exit_code if self.exit_code is not None else 1)

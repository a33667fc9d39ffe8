"""Signals before and after a command handles them itself: the right exit status, one line and no traceback.

It imports only what the interpreter has loaded anyway, so that it runs within the first milliseconds.
"""

from __future__ import annotations

import os
import signal
from types import FrameType

_NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def end_on_signals(line: str) -> None:
    """Print `line` on standard error and exit as soon as SIGINT, SIGTERM or SIGHUP arrives.

    A signal that is ignored, for example because of `nohup`, stays ignored. Blocked signals are unblocked: a parent
    process may hold them until this call.
    """

    received: list[int] = []

    def end(number: int, _frame: FrameType | None) -> None:
        if received:  # a second signal, while the first one is handled
            return
        received.append(number)
        os.write(2, line.encode())
        os._exit(128 + number)

    for number in _NUMBERS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, end)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _NUMBERS)


def interrupt_once() -> None:
    """Raise KeyboardInterrupt at the first SIGINT, so that a command cleans up; then handle signals as before.

    After `end_on_signals`, a second SIGINT therefore ends a clean-up that takes too long, without a traceback.
    """
    earlier = signal.getsignal(signal.SIGINT)
    if earlier is signal.SIG_IGN:
        return

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, earlier)
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupt)


def ignore_signals() -> None:
    """Ignore SIGINT, SIGTERM and SIGHUP, when a command has nothing more to do than to print its last line and exit."""
    for number in _NUMBERS:
        signal.signal(number, signal.SIG_IGN)

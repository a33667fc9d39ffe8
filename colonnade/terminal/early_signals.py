"""Signals before a command handles them itself: the right exit status and no traceback, whatever is imported then.

It imports only what the interpreter has loaded anyway, so that it runs within the first milliseconds.
"""

from __future__ import annotations

import os
import signal
from types import FrameType


def end_on_signals(line: str) -> None:
    """Print `line` on standard error and exit as soon as SIGINT, SIGTERM or SIGHUP arrives.

    A signal that is ignored, for example because of `nohup`, stays ignored. Blocked signals are unblocked: a parent
    process may hold them until this call.
    """

    def end(number: int, _frame: FrameType | None) -> None:
        os.write(2, line.encode())
        os._exit(128 + number)

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for number in numbers:
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, end)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, numbers)

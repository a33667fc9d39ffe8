"""The lifetime of a session, a plan or an update: it is made, used and closed, also after a signal."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from contextlib import ExitStack
from typing import TypeVar

from colonnade.terminal.errors import ColonnadeError
from colonnade.terminal.exit_status import ExitStatus, by_signal
from colonnade.terminal.processes import Interruption
from colonnade.terminal.progress import Progress
from colonnade_sandbox.planning.planning_account import PlanningAccount
from colonnade_sandbox.session.session import Session
from colonnade_sandbox.session.update import Update

_Work = TypeVar("_Work", Session, PlanningAccount, Update)
StopRequested = Callable[[], str | None]
"""Returns the reason why the work must end; None while it may go on."""


def run_until_end(
    make: Callable[[StopRequested], _Work],
    progress: Progress,
    body: Callable[[_Work, Interruption], None],
    *,
    rest: str | None = None,
) -> int:
    """Enter the context manager that `make` returns, run `body` in it, and return the exit status. Print a failure.

    `rest` is what a failure leaves; by default nothing is left running.
    """
    closing, made = ExitStack(), threading.Event()

    def end_at_once() -> None:
        made.wait()
        closing.close()

    interruption = Interruption(on_second=end_at_once, reader_has_gone=progress.reader_has_gone)
    try:
        work = make(interruption.reason)
        closing.callback(work.close)
    finally:
        made.set()
    try:
        with work:
            body(work, interruption)
    except ColonnadeError as error:
        if interruption.exit_status is None:
            progress.say(f"\nFailed: {error}\n{rest if rest is not None else 'Everything is stopped.'}")
            return error.exit_status
        return interruption.exit_status  # `colonnade` prints that it was interrupted
    except Exception:
        if not interruption.forced or interruption.exit_status is None:
            raise
        return interruption.exit_status  # `end_at_once` ended parts that this thread still used
    return by_signal(signal.SIGPIPE) if progress.reader_has_gone() else ExitStatus.OK

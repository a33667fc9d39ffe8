"""Entry point of `colonnade` and `python -m colonnade`. It handles signals before it imports the commands."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress

from colonnade.terminal.early_signals import end_on_signals, ignore_signals, interrupt_once
from colonnade.terminal.streams import prepare_streams


def main() -> int:
    """Run one command and return its exit status."""
    end_on_signals("Interrupted.\n")
    if not prepare_streams():
        return 1
    from colonnade.cli import main as run
    from colonnade.terminal.exit_status import by_signal

    interrupt_once()  # commands clean up when they are interrupted
    status = run(at_interruption=ignore_signals)
    ignore_signals()  # while the interpreter ends, a signal would change the status
    if status == by_signal(signal.SIGINT):
        # CPython kills itself by SIGINT after a KeyboardInterrupt in an `exec` of a string, even if it was handled.
        with suppress(OSError):
            sys.stdout.flush()
        os._exit(status)
    return status


if __name__ == "__main__":
    raise SystemExit(main())

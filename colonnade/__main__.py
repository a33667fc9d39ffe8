"""Entry point of `colonnade` and `python -m colonnade`. It handles signals before it imports the commands."""

from __future__ import annotations

import os
import sys

from colonnade.terminal.early_signals import end_on_signals, interrupt_once

_BY_SIGNAL = 128
"""An exit status above this number is that of a command that a signal ended."""


def main() -> int:
    """Run one command and return its exit status."""
    end_on_signals("Interrupted.\n")
    from colonnade.cli import main as run

    interrupt_once()  # commands clean up when they are interrupted
    status = run()
    if status > _BY_SIGNAL:
        sys.stderr.flush()
        os._exit(status)  # while the interpreter ends, another signal would change the status
    return status


if __name__ == "__main__":
    raise SystemExit(main())

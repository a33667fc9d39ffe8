"""Entry point of `colonnade` and `python -m colonnade`. It handles signals before it imports the commands."""

from __future__ import annotations

import signal

from colonnade.terminal.early_signals import end_on_signals
from colonnade.terminal.streams import prepare_streams


def main() -> int:
    """Run one command and return its exit status."""
    end_on_signals("Interrupted.\n")
    if not prepare_streams():
        return 1
    from colonnade.cli import main as run

    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # commands clean up when they are interrupted
    return run()


if __name__ == "__main__":
    raise SystemExit(main())

"""The entry point `python -m colonnade_sandbox`, which `colonnade sandbox` starts as a child process."""

from __future__ import annotations

import signal
import sys

import click

from colonnade.terminal.errors import ColonnadeError
from colonnade.terminal.exit_status import by_signal
from colonnade_sandbox.cli import sandbox


def main() -> int:
    """Run one command and return its exit status."""
    try:
        status = sandbox.main(prog_name="python -m colonnade_sandbox", standalone_mode=False)
    except ColonnadeError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        # Interrupted before anything was started. The parent process prints its own message.
        return by_signal(signal.SIGINT)
    return status if isinstance(status, int) else 0


if __name__ == "__main__":
    raise SystemExit(main())

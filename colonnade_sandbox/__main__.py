"""The entry point `python -m colonnade_sandbox`, which `colonnade sandbox` starts as a child process.

A signal before anything has been started ends it in silence, because the parent process prints its own message.
"""

from __future__ import annotations

import os
import signal
import sys

from colonnade.terminal.early_signals import end_on_signals, ignore_signals


def main() -> int:
    """Run one command and return its exit status."""
    end_on_signals("")
    import click

    from colonnade.terminal.errors import ColonnadeError
    from colonnade.terminal.exit_status import by_signal
    from colonnade.terminal.machine_errors import machine_error
    from colonnade_sandbox.cli import sandbox

    try:
        status = sandbox.main(prog_name="python -m colonnade_sandbox", standalone_mode=False)
        sys.stdout.flush()
    except ColonnadeError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except BrokenPipeError:
        # The reader closed the pipe. Without this, Python would report an error again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return by_signal(signal.SIGPIPE)
    except OSError as error:
        described = machine_error(error)
        if described is None:
            raise
        sys.stderr.write(f"{described}\n")
        return described.exit_status
    finally:
        ignore_signals()  # while the interpreter ends, a signal would change the status
    return status if isinstance(status, int) else 0


if __name__ == "__main__":
    raise SystemExit(main())

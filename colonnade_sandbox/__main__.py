"""`python -m colonnade_sandbox`: what `colonnade sandbox` does, for processes that start it as a child."""

from __future__ import annotations

import sys

from colonnade.terminal.errors import ColonnadeError
from colonnade_sandbox.cli import sandbox


def main() -> int:
    """Run one command and return its exit status."""
    try:
        sandbox.main(prog_name="python -m colonnade_sandbox")
    except ColonnadeError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

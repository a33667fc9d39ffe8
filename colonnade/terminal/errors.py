"""The base class of the project's exceptions, which the command line prints."""

from __future__ import annotations

from colonnade.terminal.exit_status import ExitStatus


class ColonnadeError(Exception):
    """An error for the user; the command line prints its message and ends with `exit_status`."""

    exit_status: int = ExitStatus.FAILED

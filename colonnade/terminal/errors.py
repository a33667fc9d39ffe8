"""The root of the project's exceptions, which the command line prints."""

from __future__ import annotations

from colonnade.terminal.exit_status import ExitStatus


class ColonnadeError(Exception):
    """An error whose text a person reads as it is; the command line prints it and ends with `exit_status`."""

    exit_status: int = ExitStatus.FAILED

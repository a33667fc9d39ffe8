"""The sandbox's exceptions, subclasses of the project's ColonnadeError."""

from __future__ import annotations

from colonnade.terminal.errors import ColonnadeError
from colonnade.terminal.exit_status import ExitStatus


class SandboxError(ColonnadeError):
    """The sandbox cannot do what was requested. The message states the reason and, where possible, the fix."""


class WrongInputError(SandboxError):
    """A file, a folder or an option from the user is missing or wrong. Nothing was started."""

    exit_status = ExitStatus.WRONG_INPUT

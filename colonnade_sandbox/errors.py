"""The sandbox's exceptions, which have the project's root."""

from __future__ import annotations

from colonnade.terminal.errors import ColonnadeError
from colonnade.terminal.exit_status import ExitStatus


class SandboxError(ColonnadeError):
    """The sandbox cannot do what was requested; the text says why and, where possible, what to do."""


class WrongInputError(SandboxError):
    """A file, a folder or an option of the user's is missing or wrong; nothing was started."""

    exit_status = ExitStatus.WRONG_INPUT

"""The folder of the project that a command works on: the nearest one with a `cdktf.json`."""

from __future__ import annotations

from pathlib import Path

from colonnade.terminal.errors import ColonnadeError
from colonnade.terminal.exit_status import ExitStatus

SETTINGS = "cdktf.json"
"""The file that marks a project's root and holds its settings."""


class NoProjectError(ColonnadeError):
    """A command was started outside of a project."""

    exit_status = ExitStatus.WRONG_INPUT


def project_root(start: Path | None = None) -> Path:
    """Return the nearest folder at or above `start`, by default the working directory, that has a `cdktf.json`.

    Raises NoProjectError if no folder has one.
    """
    start = (start if start is not None else Path.cwd()).absolute()
    for folder in (start, *start.parents):
        if (folder / SETTINGS).is_file():
            return folder
    message = f"folder '{start}': neither it nor a folder above has a {SETTINGS}"
    raise NoProjectError(f"{message}\n    run the command in the folder of a project, or below it")

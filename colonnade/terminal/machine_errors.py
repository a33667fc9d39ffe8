"""Errors of the machine instead of the project, as a message with its fix: a full disk, a file that is read-only.

The entry points of the commands use it for an error that no other code handles. It keeps such an error from ending a
command with a traceback.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from colonnade.terminal.errors import ColonnadeError

_PERMISSION = "let your user write it, for example with chown or chmod, or use a copy of the project that you own"
_FIXES: Mapping[int, str] = {
    errno.EROFS: "use a copy of the project on a file system that can be written",
    errno.EACCES: _PERMISSION,
    errno.EPERM: _PERMISSION,
    errno.ENOSPC: "free space on this file system",
    errno.EDQUOT: "free space, or have your quota raised",
    errno.EFBIG: "raise the limit of the size of files: `ulimit -f unlimited`",
    errno.EMFILE: "raise the limit of open files: `ulimit -n 4096`",
}
_OF_NODE = re.compile(r"\b(?P<name>E[A-Z]+): [^,]+, \w+(?: '(?P<path>[^']+)')?")
_NO_TEMPORARY_FOLDER = "No usable temporary directory"
"""The beginning of the message of `tempfile`, which finds that every candidate is full or read-only."""
_FULL_BYTES = 2**20
"""A file system with less free space counts as the full one, if the error does not name a file."""


class MachineError(ColonnadeError):
    """The machine refuses a file, for a reason outside of the project."""


def machine_error(error: Exception, *written: Path) -> MachineError | None:
    """Return the message for an OSError, or for a RuntimeError of jsii with an error of Node; None for other causes.

    `written` are folders that the command writes, besides the working directory and the one for temporary files.
    """
    if isinstance(error, OSError) and str(error.strerror).startswith(_NO_TEMPORARY_FOLDER):
        return MachineError(f"{error.strerror}\n    free space there, or set TMPDIR to a folder that can be written")
    if isinstance(error, OSError):
        return _described(error.errno, error.filename, written)
    found = _OF_NODE.search(str(error))
    if not isinstance(error, RuntimeError) or found is None:
        return None
    return _described(getattr(errno, found["name"], None), found["path"], written)


def _described(number: int | None, path: object, written: Sequence[Path]) -> MachineError | None:
    if number is None or number not in _FIXES:
        return None
    thing = f"file or folder '{os.fsdecode(path)}'" if isinstance(path, str | bytes | Path) else _unnamed(written)
    return MachineError(f"{thing}: {os.strerror(number)}\n    {_FIXES[number]}")


def _unnamed(written: Sequence[Path]) -> str:
    """Return the subject of an error without a file name, such as that of a write to a full disk."""
    with suppress(OSError):  # there may be no folder for temporary files
        for folder in (*written, Path.cwd(), Path(tempfile.gettempdir())):
            if shutil.disk_usage(folder).free < _FULL_BYTES:
                return f"the file system of '{folder}'"
    return "a file that the command writes"

"""The standard streams of a command: each exists, and accepts every character."""

from __future__ import annotations

import errno
import io
import os
import sys
from pathlib import Path

_WRITE_ERRORS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF})


def prepare_streams() -> bool:
    """Prepare standard output and standard error. Return False, after a message, if standard output is closed.

    A character that the stream's encoding does not have is written as an escape, such as `\\u2192`. Without standard
    error, messages are discarded.
    """
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 - open as long as the process runs
    if sys.stdout is None:
        sys.stderr.write("Standard output is closed; redirect it to a file or to /dev/null.\n")
        return False
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    return True


def is_write_error(error: OSError) -> bool:
    """Return True for the error of a stream that cannot be written to, such as one on a full disk."""
    return error.filename is None and error.errno in _WRITE_ERRORS


def discard_output() -> None:
    """Discard what standard output still holds. Otherwise Python would report an error again when it exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

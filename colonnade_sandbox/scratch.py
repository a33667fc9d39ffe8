"""The scratch folder of a process: locked while the process lives, removed at its end, or by the next one."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from contextlib import ExitStack, suppress
from pathlib import Path

_PREFIX = "colonnade-sandbox-"
_SAFE_AGE_SECONDS = 60.0
"""A younger folder may belong to a process that has not locked it yet."""


def make_scratch(ending: ExitStack) -> Path:
    """Return a new folder that `ending` removes. First remove the folders of this user's processes that were killed."""
    parent = Path(tempfile.gettempdir())
    for folder in parent.glob(f"{_PREFIX}*"):
        with suppress(OSError):  # of another user, or removed by another process at this moment
            _remove_if_abandoned(folder)
    made = Path(tempfile.mkdtemp(prefix=_PREFIX))
    ending.callback(os.close, _locked(made))
    ending.callback(shutil.rmtree, made, ignore_errors=True)
    return made


def _remove_if_abandoned(folder: Path) -> None:
    if folder.stat().st_uid != os.getuid() or time.time() - folder.stat().st_mtime < _SAFE_AGE_SECONDS:
        return
    descriptor = _locked(folder)
    shutil.rmtree(folder, ignore_errors=True)
    os.close(descriptor)


def _locked(folder: Path) -> int:
    """Return a descriptor that holds the folder's lock. Raises BlockingIOError if a process holds it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor

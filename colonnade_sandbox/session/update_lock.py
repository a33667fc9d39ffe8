"""The lock of a session's updates: one update at a time, and none when the session ends.

The kernel releases the lock when the process of the update ends. The file has the id of that process.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from colonnade_sandbox.errors import SandboxError

_LOCK = "update.lock"
_END_SECONDS = 40.0
_POLL_SECONDS = 0.1


@contextlib.contextmanager
def held(session_folder: Path, deployment: str) -> Iterator[None]:
    """Hold the lock of the session with this scratch folder. Raises SandboxError while another update runs."""
    with (session_folder / _LOCK).open("a+") as lock:
        try:
            fcntl.flock(lock.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise SandboxError(
                f"another update of {deployment!r} runs, process {lock.read()}; wait for its end, then try again"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def end_update(session_folder: Path) -> None:
    """Interrupt the update that runs, and wait for its end: it would hold the lock of the state."""
    path = session_folder / _LOCK
    deadline = time.monotonic() + _END_SECONDS
    while path.is_file() and _is_locked(path) and time.monotonic() < deadline:
        with contextlib.suppress(ValueError, ProcessLookupError):
            os.kill(int(path.read_text()), signal.SIGTERM)
        while _is_locked(path) and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)


def _is_locked(path: Path) -> bool:
    with contextlib.suppress(FileNotFoundError), path.open() as lock:
        try:
            fcntl.flock(lock.fileno(), fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False

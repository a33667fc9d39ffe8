"""The file of a running session: .sandbox/DEPLOYMENT.json, and a lock that says whether the session still runs.

The kernel drops the lock with its process, so a file that a killed process has left is recognized as stale.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from colonnade_sandbox.errors import SandboxError


class SessionFile:
    """The file of the deployment `name`, below `folder`."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self._path = folder / f"{name}.json"
        self._lock_path = folder / f"{name}.lock"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock; raises SandboxError if another process does. The files are removed afterwards."""
        self._lock_path.parent.mkdir(parents=True, exist_ok=True)
        with self._lock_path.open("w") as lock:
            if not _try_lock(lock.fileno()):
                raise SandboxError(
                    f"deployment {self.name!r} is already running; end it with `colonnade sandbox down {self.name}`"
                )
            try:
                self.write({})
                yield
            finally:
                self.remove()

    def write(self, facts: Mapping[str, Any]) -> None:
        """Replace the file's contents; a reader never sees a part of them."""
        new = self._path.with_suffix(".new")
        new.write_text(json.dumps({"process_id": os.getpid(), **facts}, indent=2))
        new.replace(self._path)

    def read(self) -> dict[str, Any] | None:
        """Return what the running session wrote last; None if none runs. A stale file is removed."""
        if not self.runs():
            self.remove()
            return None
        try:
            facts: dict[str, Any] = json.loads(self._path.read_text())
        except FileNotFoundError:
            return None
        return facts

    def runs(self) -> bool:
        """Return whether a process holds the lock."""
        try:
            with self._lock_path.open("r") as lock:
                return not _try_lock(lock.fileno())
        except FileNotFoundError:
            return False

    def remove(self) -> None:
        self._path.unlink(missing_ok=True)
        self._lock_path.unlink(missing_ok=True)


def session_files(folder: Path) -> tuple[SessionFile, ...]:
    """Return the file of each deployment that has one, running or not."""
    return tuple(SessionFile(folder, path.stem) for path in sorted(folder.glob("*.lock")))


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

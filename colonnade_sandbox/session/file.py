"""The session file .sandbox/DEPLOYMENT.json, and a lock that its process holds as long as the session runs.

The kernel releases the lock when the process ends, so the file of a killed process is recognized as stale.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from colonnade_sandbox.errors import SandboxError


class SessionFile:
    """The session file of the deployment `name`, below `folder`."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self._path = folder / f"{name}.json"
        self._new = folder / f"{name}.new"
        self._lock_path = folder / f"{name}.lock"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock and remove the files afterwards. Raises SandboxError if another process holds the lock."""
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
        """Replace the file's contents atomically."""
        self._new.write_text(json.dumps({"process_id": os.getpid(), **facts}, indent=2))
        self._new.replace(self._path)

    def read(self) -> dict[str, Any] | None:
        """Return the contents that the running session wrote last, or None if it does not run. Remove a stale file."""
        if not self.runs():
            with suppress(OSError):  # on a read-only file system, for example, a stale file stays
                self.remove()
            return None
        try:
            facts = json.loads(self._path.read_text())
        except FileNotFoundError:
            return None
        except ValueError:  # neither JSON nor UTF-8
            facts = None
        if not isinstance(facts, dict) or "process_id" not in facts:
            raise SandboxError(
                f"session file '{self._path}' is incomplete, and the sandbox of {self.name!r} runs\n"
                "    a sandbox that serves requests writes its file again within a second: try again; "
                "otherwise end it with Ctrl-C in its terminal"
            )
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
        self._new.unlink(missing_ok=True)  # of a write that failed, on a full disk
        self._lock_path.unlink(missing_ok=True)


def session_files(folder: Path) -> tuple[SessionFile, ...]:
    """Return every session file in `folder`, of running and of ended sessions."""
    return tuple(SessionFile(folder, path.stem) for path in sorted(folder.glob("*.lock")))


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

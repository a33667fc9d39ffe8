"""A cache of Terraform states by the applied configuration. No task runs in their accounts, so the states stay valid.

An apply takes minutes, because the provider waits for resources. The review of the next commit usually needs the same
base.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from colonnade_sandbox.synthesized import Stack, configuration_files

_KEPT = 24
"""The number of states to keep. A state has some hundred kilobytes."""


class StateCache:
    """A cache in `folder`, which is created with the first state."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._sandbox = _digest(sorted(Path(__file__).parents[1].rglob("*.py")))

    def find(self, stack: Stack) -> Path | None:
        """Return the state that an apply of the same configuration by this version of the sandbox produced.

        None if it is not cached.
        """
        path = self._path(stack)
        if not path.is_file():
            return None
        path.touch()
        return path

    def keep(self, stack: Stack, state: str) -> None:
        """Store the state, and remove the least recently used ones."""
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._path(stack)
        new = path.with_suffix(".new")
        new.write_text(state, encoding="utf-8")
        new.replace(path)
        by_age = sorted(self._folder.glob("*.tfstate"), key=lambda each: each.stat().st_mtime)
        for old in by_age[:-_KEPT]:
            old.unlink(missing_ok=True)

    def _path(self, stack: Stack) -> Path:
        return self._folder / f"{stack.name}-{_digest(configuration_files(stack.path))}-{self._sandbox}.tfstate"


def _digest(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]

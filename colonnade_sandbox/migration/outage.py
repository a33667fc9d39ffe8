"""One microservice that cannot start any more: its image is made to fail, and its tasks are killed. `journey` uses it.

The image's command is exchanged in the catalog that the sandbox's tasks are started from, so nothing that Terraform
knows changes: what brings the requests back is a step of the migration, not a repair.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterable
from pathlib import Path

from colonnade_sandbox.errors import SandboxError
from colonnade_sandbox.session import image_catalog_path
from colonnade_sandbox.tasks.image_catalog import ImageCatalog, ImageCatalogError
from colonnade_sandbox.tasks.scheduler import TaskListing

_FAILING = ("python", "-c", "raise SystemExit('users: cannot open the database')")


class BreakableImages:
    """An image catalog in which one image may be broken and repaired while tasks run."""

    def __init__(self, project_root: Path, *, image: str) -> None:
        """`image` is its name in the project's image catalog; raises `SandboxError` when it is not there."""
        try:
            catalog = ImageCatalog.load(image_catalog_path(project_root))
        except ImageCatalogError as error:
            raise SandboxError(str(error)) from error
        if image not in catalog.commands:
            raise SandboxError(f"the image catalog has no {image!r}, which is what is to fail")
        # The tasks' thread reads this dictionary at any time: a value may be exchanged, a key must not come or go.
        self._commands = dict(catalog.commands)
        self._image = image
        self._command = self._commands[image]
        self.catalog = ImageCatalog(commands=self._commands)

    def break_down(self, tasks: Iterable[TaskListing]) -> None:
        """From now on the image's tasks end as soon as they start; `tasks`, those that run now, are killed."""
        self._commands[self._image] = _FAILING
        for task in tasks:
            if task.process_id is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(task.process_id, signal.SIGKILL)

    def repair(self) -> None:
        """Tasks start again; the scheduler tries by itself."""
        self._commands[self._image] = self._command

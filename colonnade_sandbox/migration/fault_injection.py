"""Fault injection: a microservice's image is made to fail, and its running tasks are killed.

The image is replaced in the catalog from which the sandbox starts tasks. Nothing that Terraform manages
changes, so the rollback is a step of the migration and not a repair.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterable
from pathlib import Path

from colonnade_sandbox.errors import WrongInputError
from colonnade_sandbox.migration.facts import OutageFacts
from colonnade_sandbox.tasks.image_catalog import Image, ImageCatalog
from colonnade_sandbox.tasks.scheduler import TaskListing


class FaultInjection:
    """An image catalog in which one image can be broken and repaired while tasks run."""

    def __init__(self, catalog_path: Path, outage: OutageFacts) -> None:
        """Read the catalog. Raises WrongInputError if the outage's image is not in it."""
        catalog = ImageCatalog.load(catalog_path)
        if outage.image not in catalog.images:
            raise WrongInputError(f"the image catalog has no image {outage.image!r}, which [migration.outage] names")
        failure = f"raise SystemExit('{outage.service}: cannot open the database')"
        self._failing = Image(entry_point=("python", "-c", failure))
        # The thread of the tasks may read this dictionary at any time. So values may be replaced, but keys must not be
        # added or removed.
        self._images = dict(catalog.images)
        self._name = outage.image
        self._image = self._images[outage.image]
        self.catalog = ImageCatalog(images=self._images)

    def break_down(self, tasks: Iterable[TaskListing]) -> None:
        """Make new tasks of the image fail at start, and kill `tasks`, the running ones."""
        self._images[self._name] = self._failing
        for task in tasks:
            if task.process_id is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(task.process_id, signal.SIGKILL)

    def repair(self) -> None:
        """Let tasks start again. The scheduler retries automatically."""
        self._images[self._name] = self._image

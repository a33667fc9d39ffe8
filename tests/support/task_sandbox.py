"""A `TaskScheduler` with real processes, driven tick by tick against stand-ins for the AWS APIs."""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from colonnade_sandbox.control_plane.log_store import LogStore
from colonnade_sandbox.control_plane.observations import ServiceObservation
from colonnade_sandbox.control_plane.snapshot import TaskDefinition
from colonnade_sandbox.tasks.image_catalog import ImageCatalog
from colonnade_sandbox.tasks.scheduler import TaskListing, TaskScheduler
from tests.support.ecs_apis import Apis
from tests.support.ecs_snapshots import discovery_service, ecs_service
from tests.support.task_images import tiny_image

NAMES = discovery_service(name="orders")


class Sandbox:
    """A scheduler with fake APIs; each tick also checks the health of the targets.

    `images` defaults to the image `orders` of `tiny_image`.
    """

    def __init__(
        self,
        directory: Path,
        *,
        namespaces: bool | None = None,
        apis: Apis | None = None,
        images: ImageCatalog | None = None,
    ) -> None:
        self.apis = apis if apis is not None else Apis()
        self.clock_offset = 0.0
        """The number of seconds by which the scheduler's clock is ahead."""
        self.logs = LogStore()
        self.scheduler = TaskScheduler(
            aws=self.apis,
            images=images if images is not None else tiny_image(directory),
            logs=self.logs,
            directory=directory / "tasks",
            project_root=directory,
            namespaces=namespaces,
            clock=lambda: time.time() + self.clock_offset,
        )
        self.observed: ServiceObservation | None = None

    def serve(self, definition: TaskDefinition, *, discovery: bool = False, **settings: Any) -> None:
        self.apis.task_definitions[definition.arn] = definition
        self.apis.discovery = [NAMES] if discovery else []
        arns = (NAMES.arn,) if discovery else ()
        self.apis.services = [ecs_service(definition, discovery_services=arns, **settings)]

    def tick(self) -> None:
        observations = self.scheduler.tick(self.apis.snapshot(), self.apis.target_health())
        self.observed = next(iter(observations.values()), None)

    def tick_until(self, condition: Callable[[], bool], seconds: float = 10.0) -> None:
        deadline = time.monotonic() + seconds
        self.tick()
        while not condition():
            assert time.monotonic() < deadline, self.scheduler.failures()
            time.sleep(0.03)
            self.tick()

    def until_completed(self, revision: int = 1) -> None:
        self.tick_until(lambda: self.rollout() == (revision, "COMPLETED"))

    def rollout(self) -> tuple[int, str]:
        if self.observed is None or not self.observed.deployments:
            return 0, ""
        primary = self.observed.deployments[0]
        return int(primary.task_definition_arn.rpartition(":")[2]), primary.rollout_state

    @property
    def tasks(self) -> tuple[TaskListing, ...]:
        return self.scheduler.tasks()


def get(task: TaskListing, path: str) -> str:
    """Return the body of the main container's response to GET `path`."""
    with urllib.request.urlopen(f"http://{task.address}:{task.port}{path}", timeout=5) as answer:
        return str(answer.read().decode())

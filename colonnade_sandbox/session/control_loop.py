"""The control loop: AWS API -> snapshot -> load balancer and tasks -> observations -> AWS API.

It runs four times a second. Only this loop writes observations.
"""

from __future__ import annotations

from colonnade_sandbox.control_plane.observations import Observations
from colonnade_sandbox.control_plane.reader import Reader
from colonnade_sandbox.control_plane.snapshot import EcsService, Snapshot, TaskNetwork
from colonnade_sandbox.data_plane.server import DataPlane
from colonnade_sandbox.polling_thread import PollingThread
from colonnade_sandbox.tasks.scheduler import TaskScheduler


class ControlLoop(PollingThread):
    """A thread that runs from `start` to `close`. `snapshot` and the failures may be read from any thread."""

    def __init__(
        self, *, reader: Reader, data_plane: DataPlane, scheduler: TaskScheduler, observations: Observations
    ) -> None:
        super().__init__(self._reconcile, name="control-loop", what="the sandbox's control loop failed")
        self._reader = reader
        self._data_plane = data_plane
        self._scheduler = scheduler
        self._observations = observations
        self.snapshot = Snapshot()

    def failed_deployment(self) -> str | None:
        """Return the reason why Terraform would wait for a service until its timeout, or None.

        ECS rolls a failed deployment back to the last completed one. Without one, the deployment stays failed.
        """
        for service in self.snapshot.services:
            observation = self._observations.services.get(service.arn)
            if observation is not None and observation.deployments:
                primary = observation.deployments[0]
                if primary.rollout_state == "FAILED" and primary.task_definition_arn == service.task_definition.arn:
                    return self._without_rollback(service)
        return None

    def _reconcile(self) -> None:
        snapshot = self._reader.read()
        if snapshot is not self.snapshot:
            self._data_plane.update(snapshot, self._interfaces())
            self.snapshot = snapshot
        self._observations.target_health = self._data_plane.target_health()
        self._observations.services = self._scheduler.tick(snapshot, self._observations.target_health)

    def _interfaces(self) -> dict[str, TaskNetwork]:
        """Return the network of each task by its address. A target's task was observed before it was registered."""
        tasks = (task for service in self._observations.services.values() for task in service.tasks)
        return {task.address: task.network for task in tasks if task.status != "STOPPED"}

    def _without_rollback(self, service: EcsService) -> str:
        failures = [failure for failure in self._scheduler.failures() if failure.service_name == service.name]
        last = f"\n{failures[-1]}" if failures else ""
        return f"service {service.name}: its deployment failed, and there is no completed one to roll back to{last}"

"""A thread that reports every ECS service as steady as soon as it is created, so that Terraform does not wait.

ECS API -> services -> observations: one completed deployment with all its tasks -> ECS API

For accounts in which no task runs.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from botocore.exceptions import ClientError

from colonnade_sandbox.control_plane.clients import AwsClients
from colonnade_sandbox.control_plane.ecs_reader import EcsReader
from colonnade_sandbox.control_plane.observations import Deployment, Observations, ServiceObservation
from colonnade_sandbox.control_plane.snapshot import EcsService
from colonnade_sandbox.polling_thread import PollingThread


class InstantSteadyState(PollingThread):
    """A thread that runs from `start` to `close`. `changes` is `AwsEmulator.changes`."""

    def __init__(self, aws: AwsClients, changes: Callable[[str], int], observations: Observations) -> None:
        super().__init__(self._observe, name="steady-services", what="the ECS services cannot be observed")
        self._reader = EcsReader(aws)
        self._changes = changes
        self._observations = observations
        self._seen = 0

    def _observe(self) -> None:
        changes = self._changes("ecs")
        if changes == self._seen:
            return
        try:
            services = self._reader.read_services()
        except ClientError as error:
            if "NotFound" not in error.response["Error"]["Code"]:
                raise
            return  # a service was deleted while it was read; the next turn reads the services again
        now = datetime.now(UTC)
        self._observations.services = {service.arn: steady(service, now) for service in services}
        self._seen = changes


def steady(service: EcsService, now: datetime) -> ServiceObservation:
    """Return the service as it is after a successful rollout. A service that is being deleted has no tasks."""
    running = service.desired_count if service.status == "ACTIVE" else 0
    deployment = Deployment(
        id="ecs-svc/steady",
        status="PRIMARY",
        task_definition_arn=service.task_definition.arn,
        desired_count=running,
        running_count=running,
        pending_count=0,
        failed_tasks=0,
        rollout_state="COMPLETED",
        rollout_state_reason="ECS deployment ecs-svc/steady completed.",
        created_at=now,
        updated_at=now,
        network=service.network,
    )
    return ServiceObservation(deployments=(deployment,), running_count=running, pending_count=0, events=())

"""The state of an ECS service that the scheduler keeps between two ticks, as frozen values. Only `rollout` changes it.

Service state -> deployments, primary first -> revision. No I/O.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal

from colonnade_sandbox.control_plane.observations import ServiceEvent
from colonnade_sandbox.control_plane.snapshot import (
    Container,
    EcsService,
    ServiceLoadBalancer,
    TaskDefinition,
    TaskNetwork,
)

Health = Literal["initial", "healthy", "unhealthy"]
_KEPT_EVENTS = 100
"""The limit of DescribeServices: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Service.html"""


KEPT_DEPLOYMENTS = 100
"""The number of ended deployments that are kept. ECS keeps those of 90 days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """The settings whose change starts a new ECS deployment: task definition, registrations, network."""

    task_definition: TaskDefinition
    load_balancers: tuple[ServiceLoadBalancer, ...]
    discovery_service_arns: tuple[str, ...]
    network: TaskNetwork = field(default_factory=TaskNetwork)

    @classmethod
    def of(cls, service: EcsService) -> Revision:
        return cls(
            task_definition=service.task_definition,
            load_balancers=service.load_balancers,
            discovery_service_arns=service.discovery_service_arns,
            network=service.network,
        )

    @property
    def main_container(self) -> Container:
        """The container to which the load balancer forwards, or without one the task definition's main container."""
        ports = {each.container_port for each in self.load_balancers}
        served = [each for each in self.task_definition.containers if ports.intersection(each.ports)]
        return served[0] if served else self.task_definition.main_container


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentState:
    """One deployment of a service. Times are in seconds of the scheduler's clock."""

    id: str
    revision: Revision
    created_at: float
    updated_at: float
    rollout_state: Literal["IN_PROGRESS", "COMPLETED", "FAILED"] = "IN_PROGRESS"
    rollout_state_reason: str = ""
    failed_tasks: int = 0
    """Failed tasks since a task last became healthy."""
    rolls_back: bool = False
    """True if the circuit breaker has made it, which ECS does not list as a service deployment of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceState:
    """The state of one service; all fields are empty for a new service."""

    deployments: tuple[DeploymentState, ...] = ()
    completed: Revision | None = None
    """The revision to which a failed deployment is rolled back."""
    rolled_back_from: str | None = None
    """The ARN of the task definition that failed. It is ignored until the API reports another task definition."""
    seen: frozenset[str] = frozenset()
    """The ids of all its deployments so far."""
    ended: tuple[DeploymentState, ...] = ()
    """Its former deployments that have no task, newest first."""
    ever_healthy: frozenset[str] = frozenset()
    """Tasks that have been healthy at least once."""
    start_not_before: float = 0.0
    steady: bool = False
    events: tuple[ServiceEvent, ...] = ()
    """Newest first."""

    @property
    def primary(self) -> DeploymentState:
        return self.deployments[0]

    def with_primary(self, primary: DeploymentState) -> ServiceState:
        return replace(self, deployments=(primary, *self.deployments[1:]))

    def with_event(self, service_name: str, text: str, now: float) -> ServiceState:
        """Return the state with this event; `now` is in seconds of the scheduler's clock."""
        event = ServiceEvent(message=f"(service {service_name}) {text}", created_at=datetime.fromtimestamp(now, UTC))
        return replace(self, events=(event, *self.events)[:_KEPT_EVENTS])


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskView:
    """The facts about a task that `rollout` uses."""

    id: str
    deployment_id: str
    status: Literal["PENDING", "RUNNING", "STOPPING", "STOPPED"]
    """STOPPING from the stop request on, draining included; STOPPED for exactly one tick, after the process ended."""
    health: Health = "initial"
    running_since: float | None = None
    asked_to_stop: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StartTask:
    deployment_id: str
    revision: Revision


@dataclass(frozen=True, slots=True, kw_only=True)
class StopTask:
    task_id: str
    reason: str
    failed: bool = False
    """True if the task is stopped because it is unhealthy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RollBack:
    """An update of the service in the API to this task definition."""

    task_definition_arn: str


Action = StartTask | StopTask | RollBack


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    state: ServiceState
    actions: tuple[Action, ...]

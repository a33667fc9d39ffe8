"""The state of the running sandbox for the AWS emulator's responses: services, tasks and their logs, target health.

The loop that runs `tasks` and `data_plane` writes it. The emulator reads it for DescribeServices, ListTasks,
DescribeTasks and DescribeTargetHealth. Values are frozen and replaced whole, so a reader in another thread never sees
a partial value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from colonnade_sandbox.control_plane.log_store import LogStore
from colonnade_sandbox.control_plane.snapshot import TaskNetwork

NOT_STARTED = "ecs-svc/not-started"
"""The id in the API of a deployment that the scheduler has not started yet.

A deployment that a request has forced has another id.
"""

HealthStatus = Literal["HEALTHY", "UNHEALTHY", "UNKNOWN"]
"""The `healthStatus` of a container or a task. UNKNOWN without a health check, and until it has a result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """One entry of the `deployments` list of an ECS service."""

    id: str
    status: Literal["PRIMARY", "ACTIVE"]
    task_definition_arn: str
    desired_count: int
    running_count: int
    pending_count: int
    failed_tasks: int
    rollout_state: Literal["IN_PROGRESS", "COMPLETED", "FAILED"]
    rollout_state_reason: str
    created_at: datetime
    updated_at: datetime
    network: TaskNetwork = field(default_factory=TaskNetwork)
    rolls_back: bool = False
    """True if the circuit breaker has made it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerObservation:
    """One entry of `containers` in DescribeTasks."""

    name: str
    status: Literal["PENDING", "RUNNING", "STOPPED"]
    health: HealthStatus = "UNKNOWN"
    exit_code: int | None = None
    """The exit status as a shell reports it; None while it runs, or if its start failed."""
    reason: str = ""
    """The reason why it was not started, in the words of ECS; empty otherwise."""
    image: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskObservation:
    """One entry of DescribeTasks."""

    id: str
    deployment_id: str
    task_definition_arn: str
    address: str
    status: Literal["PENDING", "RUNNING", "DEACTIVATING", "STOPPING", "STOPPED"]
    containers: tuple[ContainerObservation, ...]
    health: HealthStatus = "UNKNOWN"
    """The health of its essential containers by their container health checks.

    The health checks of target groups are not included.
    """
    stopped_reason: str = ""
    """The reason in the words of ECS; empty while nothing stops the task."""
    stop_code: str = ""
    created_at: datetime | None = None
    started_at: datetime | None = None
    """The time at which all its containers had been started; None if they were not."""
    stopping_at: datetime | None = None
    stopped_at: datetime | None = None
    network: TaskNetwork = field(default_factory=TaskNetwork)
    """The subnets and security groups of its network interface, which exists until the task has stopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceEvent:
    """One entry of the `events` list of an ECS service."""

    message: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceObservation:
    """The state of an ECS service in its scheduler at one moment."""

    deployments: tuple[Deployment, ...]
    """The primary deployment first. An older deployment is listed until its last task has stopped."""
    running_count: int
    pending_count: int
    events: tuple[ServiceEvent, ...]
    """Newest first, with the messages of ECS."""
    tasks: tuple[TaskObservation, ...] = ()
    """The tasks, and those that stopped within the last hour."""
    seen_deployments: frozenset[str] = frozenset()
    """The ids of all deployments that the scheduler has started or adopted."""
    ended_deployments: tuple[Deployment, ...] = ()
    """The former deployments that have no task, newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetHealth:
    """One entry of DescribeTargetHealth."""

    address: str
    port: int
    state: Literal["initial", "healthy", "unhealthy", "draining", "unused"]
    reason: str = ""
    description: str = ""


class Observations:
    """The latest observations; each assignment replaces the whole mapping."""

    def __init__(self) -> None:
        self.services: Mapping[str, ServiceObservation] = {}
        """By service ARN."""
        self.target_health: Mapping[str, tuple[TargetHealth, ...]] = {}
        """By target group ARN."""
        self.logs = LogStore()
        """The events of CloudWatch Logs, which the emulator writes too."""

"""The way in: `TaskScheduler.tick` takes what the AWS APIs say and brings processes in line with it, as ECS does.

Snapshot -> rollout plan per service (`rollout`, pure) -> processes, target and instance registrations, rollbacks.
Only `sandbox.session` imports this.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.control_plane.observations import ServiceObservation, TargetHealth
from sandbox.control_plane.snapshot import Snapshot
from sandbox.tasks.image_catalog import ImageCatalog


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsClients:
    """The boto3 clients that the scheduler acts through."""

    elbv2: Any
    servicediscovery: Any
    ecs: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskListing:
    """One unstopped task, as a person wants to see it."""

    task_id: str
    service_name: str
    task_definition_arn: str
    status: str
    """ECS's word: PENDING, RUNNING, DEACTIVATING or STOPPING."""
    health: str
    """initial, healthy or unhealthy, over all its target groups."""
    address: str
    port: int
    process_id: int | None
    log_path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFailure:
    """A task that ended without being asked to, could not start, or was replaced as unhealthy."""

    task_id: str
    service_name: str
    task_definition_arn: str
    reason: str
    exit_code: int | None
    """As a shell has it, 137 for SIGKILL; None if the process never started."""
    log_path: Path
    last_lines: tuple[str, ...]

    def __str__(self) -> str:
        """One paragraph: which task of which service, why, its last log lines."""
        raise NotImplementedError


class TaskScheduler:
    """Runs the tasks of all ECS services. One thread calls it; nothing here blocks for longer than an API call.

    `directory` (made if absent) receives one log file per task and the tasks' private host names. `project_root` is
    the working directory of every task. `clock` gives seconds.
    """

    def __init__(
        self,
        *,
        aws: AwsClients,
        images: ImageCatalog,
        directory: Path,
        project_root: Path,
        clock: Callable[[], float] = time.time,
    ) -> None:
        raise NotImplementedError

    def tick(
        self, snapshot: Snapshot, target_health: Mapping[str, tuple[TargetHealth, ...]]
    ) -> Mapping[str, ServiceObservation]:
        """Act on one snapshot; the observations are by service ARN and hold a deleted service until its last task stopped."""
        raise NotImplementedError

    def tasks(self) -> tuple[TaskListing, ...]:
        """Every unstopped task, oldest first. Any thread may call it."""
        raise NotImplementedError

    def failures(self) -> tuple[TaskFailure, ...]:
        """Failures so far, oldest first. Any thread may call it."""
        raise NotImplementedError

    def close(self) -> None:
        """Stop every task: SIGTERM, two seconds, SIGKILL. Afterwards nothing of it runs. Safe to call twice."""
        raise NotImplementedError

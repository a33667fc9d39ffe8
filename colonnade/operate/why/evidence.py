"""The evidence about one ECS service at one moment: what the AWS APIs answer, as plain values. No I/O.

`reader` creates it, the causes are evaluated on it, and `report` shows it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

_FAILURE_CODES = {"TaskFailedToStart", "EssentialContainerExited", "UserInitiated", "SpotInterruption"}
_FAILURE_CODES |= {"TerminationNotice"}
_SCHEDULER_FAILURE = re.compile(r"failed (ELB|container) health checks", re.IGNORECASE)
_STOPPED_BY_ECS = {0, 137, 143}
"""The exit codes of a container that ECS may have stopped because another one had ended."""
_RECENT_SECONDS = 600
_ROLLED_BACK = re.compile(r"rolling back to (?:deployment|deploymentId) (ecs-svc/\d+)")
_FAILED = re.compile(r"\(deployment (ecs-svc/\d+)\) deployment failed: (.*?)\.?$")
_UNHEALTHY = re.compile(r"is unhealthy in .*? due to \(reason (.*)\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event of the service."""

    at: datetime
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """One entry of `deployments` in DescribeServices."""

    id: str
    task_definition: str
    state: str
    """COMPLETED, IN_PROGRESS or FAILED."""
    reason: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskContainer:
    """One container of a task, with its last log lines."""

    name: str
    status: str
    exit_code: int | None
    reason: str
    health: str
    essential: bool = True
    log: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One task that runs, or that stopped within the last hour."""

    id: str
    status: str
    deployment_id: str
    task_definition: str
    stop_code: str
    stopped_reason: str
    containers: tuple[TaskContainer, ...]
    address: str = ""
    created_at: datetime | None = None
    started_at: datetime | None = None
    stopped_at: datetime | None = None

    @property
    def failed(self) -> bool:
        """True if the task stopped for another reason than a deployment or a change of the desired count."""
        return self.stop_code in _FAILURE_CODES or bool(_SCHEDULER_FAILURE.search(self.stopped_reason))

    @property
    def culprit(self) -> TaskContainer:
        """The container that caused the stop: the one that ended by itself, as far as the exit codes show."""
        ended = [each for each in self.containers if each.exit_code is not None]
        wrong = [each for each in ended if each.exit_code not in _STOPPED_BY_ECS]
        essential = [each for each in ended if each.essential]
        found = [*(each for each in wrong if each.essential), *wrong, *essential]
        return found[0] if found else self.containers[0]

    @property
    def seconds(self) -> float | None:
        """The time from the start of its containers to the stop; None if they were not started."""
        if self.started_at is None or self.stopped_at is None:
            return None
        return (self.stopped_at - self.started_at).total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One registered target of a target group."""

    address: str
    state: str
    reason: str
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetGroup:
    """A target group of the service: its health check, its targets, and how listener rules forward to it."""

    name: str
    container: str
    port: int
    """The container port that ECS registers."""
    check: Mapping[str, Any]
    """The settings of DescribeTargetGroups."""
    targets: tuple[Target, ...] = ()
    weights: tuple[int, ...] = ()
    """Its weight in each listener rule and default action that forwards to it, also in those with a weight of 0."""

    closed: bool = False
    """True if the security groups keep the load balancer from the checked port. It is read only if checks time out."""
    hidden_by: str = ""
    """The number of a rule that comes before one of its rules and matches as much; empty if one of its rules is free of
    such a rule."""

    @property
    def path(self) -> str:
        return str(self.check.get("HealthCheckPath", "/"))

    @property
    def checked_port(self) -> int:
        port = str(self.check.get("HealthCheckPort", "traffic-port"))
        return int(port) if port.isdigit() else self.port

    @property
    def matcher(self) -> str:
        return str(self.check.get("Matcher", {}).get("HttpCode", "200"))

    @property
    def timeout_seconds(self) -> int:
        return int(self.check.get("HealthCheckTimeoutSeconds", 5))

    @property
    def seconds_to_unhealthy(self) -> int:
        """The time in which a target becomes unhealthy."""
        return int(self.check.get("HealthCheckIntervalSeconds", 30)) * int(self.check.get("UnhealthyThresholdCount", 2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Callee:
    """A service that a URL in the container's environment names in Cloud Map."""

    variable: str
    host: str
    exists: bool
    healthy: int = 0
    """Its instances in Cloud Map that are not unhealthy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything that is known about one service."""

    service: str
    """The name that the user writes."""
    name: str
    """The name in ECS."""
    exists: bool
    now: datetime
    desired: int = 0
    running: int = 0
    pending: int = 0
    grace_seconds: int = 0
    minimum_percent: int = 100
    """The percent of the desired tasks that stay healthy during a deployment, rounded up to tasks."""
    maximum_percent: int = 200
    """The percent of the desired tasks that may exist during a deployment, rounded down to tasks."""
    deployments: tuple[Deployment, ...] = ()
    """The primary one first."""
    events: tuple[Event, ...] = ()
    """The newest first."""
    tasks: tuple[Task, ...] = ()
    """The newest first."""
    definitions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Task definitions in the form of DescribeTaskDefinition, by ARN."""
    target_groups: tuple[TargetGroup, ...] = ()
    callees: tuple[Callee, ...] = ()

    @property
    def primary(self) -> Deployment | None:
        return self.deployments[0] if self.deployments else None

    @property
    def failed_deployment(self) -> tuple[str, str] | None:
        """The deployment that ECS has rolled back to the current one, and ECS's reason; None without a rollback."""
        if self.primary is None:
            return None
        for place, event in enumerate(self.events):
            back = _ROLLED_BACK.search(event.message)
            if back is not None and back[1] == self.primary.id:
                failed = (_FAILED.search(each.message) for each in self.events[place:])
                return next(((found[1], found[2]) for found in failed if found is not None), ("", ""))
        return None

    @property
    def rolled_back(self) -> bool:
        return self.failed_deployment is not None

    @property
    def attempted(self) -> str:
        """The id of the last deployment that was requested: the failed one after a rollback.

        If the tasks of the rollback fail, too, and the service is not healthy, it is the rollback.
        """
        primary = self.primary.id if self.primary is not None else ""
        if self.failed_deployment is None:
            return primary
        fails_again = not self.healthy and any(each.failed and each.deployment_id == primary for each in self.tasks)
        return primary if fails_again else self.failed_deployment[0]

    @property
    def failures(self) -> tuple[Task, ...]:
        """The failed tasks of the last requested deployment, the newest first."""
        return tuple(each for each in self.tasks if each.failed and each.deployment_id == self.attempted)

    @property
    def definition(self) -> Mapping[str, Any]:
        """The task definition that the last requested deployment runs; empty if it is not known."""
        arn = next((each.task_definition for each in self.tasks if each.deployment_id == self.attempted), "")
        if not arn and self.primary is not None and not self.rolled_back:
            arn = self.primary.task_definition
        return self.definitions.get(arn, {})

    @property
    def running_tasks(self) -> tuple[Task, ...]:
        """The running tasks of the last requested deployment."""
        return tuple(each for each in self.tasks if each.status == "RUNNING" and each.deployment_id == self.attempted)

    @property
    def healthy(self) -> bool:
        """True if the desired number of tasks runs and as many targets of each group are healthy."""
        ready = (sum(target.state == "healthy" for target in group.targets) for group in self.target_groups)
        return self.exists and self.running >= self.desired and all(count >= self.desired for count in ready)

    @property
    def restarts(self) -> int:
        """The failed tasks of the last 10 minutes: a service whose tasks fail again and again is healthy in between."""
        ends = [each.stopped_at for each in self.failures if each.stopped_at is not None]
        return sum((self.now - end).total_seconds() < _RECENT_SECONDS for end in ends)

    @property
    def as_deployed(self) -> bool:
        """True if the last requested deployment is completed."""
        return self.primary is not None and self.primary.state == "COMPLETED" and not self.rolled_back

    def answers(self) -> Iterator[tuple[TargetGroup, str]]:
        """Yield the answers to health checks that failed, with their target group.

        They are those of targets now, and those in the events of the last requested deployment. A new task's target may
        be unreachable until its grace period is over.
        """
        old = {each.address for each in self.running_tasks if self._past_grace(each)}
        for group in self.target_groups:
            for target in group.targets:
                if target.state == "unhealthy" and (target.address in old or "codes" in target.description):
                    yield group, target.description
        failed = {each.id for each in self.failures}
        for event in self.events:
            found = _UNHEALTHY.search(event.message)
            if found is not None and any(task in event.message for task in failed):
                for group in self.target_groups:
                    if group.name in event.message or len(self.target_groups) == 1:
                        yield group, found[1]

    def _past_grace(self, task: Task) -> bool:
        return task.started_at is not None and (self.now - task.started_at).total_seconds() > self.grace_seconds

    def variables(self, container: str) -> Mapping[str, str]:
        """Return the environment variables of a container, without those from secrets."""
        for each in self.definition.get("containerDefinitions", []):
            if each["name"] == container:
                return {entry["name"]: entry["value"] for entry in each.get("environment", [])}
        return {}

    def log_lines(self) -> Iterator[tuple[TaskContainer, str]]:
        """Yield the last log lines of the failed tasks' culprits, then of the running tasks, newest task first."""
        for task in self.failures:
            yield from ((task.culprit, line) for line in reversed(task.culprit.log))
        for task in self.running_tasks:
            yield from ((container, line) for container in task.containers for line in reversed(container.log))

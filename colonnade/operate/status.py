"""The status of deployed services: DescribeServices, DescribeTaskDefinition, DescribeTargetHealth -> plain values.

A service is as desired if its rollout is completed, the desired number of tasks runs, and as many targets of each
target group are healthy. A service without a target group has no targets; ECS then counts running tasks alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from colonnade.apply.identity import aws_errors, error_code
from colonnade.model.resolved import Resolved, ResolvedService
from colonnade.operate.services import Clients, Reached, cluster_name
from colonnade.operate.weights import WeightedRule, weighted_rules
from colonnade.rollouts.status import described_services

_EVENTS = 5
_AT_ONCE = 8
HEALTHY = "healthy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event that ECS has recorded."""

    at: datetime
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceStatus:
    """The state of one service, in ECS's words.

    For a service that does not exist in ECS, the fields are zero or empty.
    """

    name: str
    exists: bool
    desired: int = 0
    running: int = 0
    pending: int = 0
    revision: str = ""
    """The task definition that it must run, such as 'colonnade-prod-services-service1:7'."""
    replaced: tuple[str, ...] = ()
    """The task definitions of deployments that the current one replaces."""
    image: str = ""
    """The image of its own container in `revision`."""
    rollout: str = ""
    """COMPLETED, IN_PROGRESS or FAILED."""
    reason: str = ""
    """ECS's reason for the state of the rollout."""
    targets: Mapping[str, int] | None = None
    """The number of targets in each state; None for a service without a target group."""
    target_faults: tuple[str, ...] = ()
    """The reasons of targets that are not healthy, each once."""
    events: tuple[Event, ...] = ()
    """Its last events, the newest first."""

    @property
    def problems(self) -> tuple[str, ...]:
        """The reasons why it is not as desired; empty for a service that is."""
        return tuple(_problems(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class DeploymentStatus:
    """The state of one deployment."""

    name: str
    applied: bool
    """False if its cluster does not exist."""
    services: tuple[ServiceStatus, ...]
    weights: tuple[WeightedRule, ...] = ()
    """The listener rules that share requests between its services; read only in a migration."""

    @property
    def as_desired(self) -> bool:
        """True if every service is as desired."""
        return self.applied and not any(each.problems for each in self.services)


def read_status(reached: Reached) -> tuple[DeploymentStatus, ...]:
    """Return the status of each deployment; raises AwsError."""
    with aws_errors(), ThreadPoolExecutor(_AT_ONCE) as threads:
        return tuple(threads.map(lambda each: _deployment(each, reached.aws), reached.deployments))


def _deployment(deployment: Resolved, aws: Clients) -> DeploymentStatus:
    names = [service.physical_name for service in deployment.services]
    found = described_by_name(cluster_name(deployment), names, aws)
    if found is None:
        return DeploymentStatus(name=deployment.name, applied=False, services=())
    with ThreadPoolExecutor(_AT_ONCE) as threads:
        services = threads.map(lambda each: _service(each, found.get(each.physical_name), aws), deployment.services)
        weights = _weights(deployment, found, aws) if deployment.migration is not None else ()
        return DeploymentStatus(name=deployment.name, applied=True, services=tuple(services), weights=weights)


def _weights(
    deployment: Resolved, described: Mapping[str, Mapping[str, Any]], aws: Clients
) -> tuple[WeightedRule, ...]:
    groups = {
        each["targetGroupArn"]: service.name
        for service in deployment.services
        for each in described.get(service.physical_name, {}).get("loadBalancers", [])
        if "targetGroupArn" in each
    }
    return weighted_rules(groups, aws)


def described_by_name(cluster: str, names: Sequence[str], aws: Clients) -> dict[str, Mapping[str, Any]] | None:
    """Return ECS's description of each active service by name; None if there is no such cluster."""
    from botocore.exceptions import ClientError

    try:
        described = list(described_services(cluster, names, aws))
    except ClientError as error:
        if error_code(error) == "ClusterNotFoundException":
            return None
        raise
    return {each["serviceName"]: each for each in described if each["status"] == "ACTIVE"}


def _service(service: ResolvedService, described: Mapping[str, Any] | None, aws: Clients) -> ServiceStatus:
    if described is None:
        return ServiceStatus(name=service.name, exists=False)
    primary = next(each for each in described["deployments"] if each["status"] == "PRIMARY")
    targets = list(_targets(described, aws))
    groups = any("targetGroupArn" in each for each in described["loadBalancers"])
    others = (each["taskDefinition"] for each in described["deployments"] if each is not primary)
    return ServiceStatus(
        name=service.name,
        exists=True,
        desired=described["desiredCount"],
        running=described["runningCount"],
        pending=described["pendingCount"],
        revision=short_arn(primary["taskDefinition"]),
        replaced=tuple(dict.fromkeys(short_arn(each) for each in others if each != primary["taskDefinition"])),
        image=own_image(service.name, task_definition(primary["taskDefinition"], aws)),
        rollout=primary["rolloutState"],
        reason=primary.get("rolloutStateReason", ""),
        targets=dict(Counter(each["State"] for each in targets)) if groups else None,
        target_faults=tuple(dict.fromkeys(_fault(each) for each in targets if each["State"] != HEALTHY)),
        events=tuple(Event(at=each["createdAt"], message=each["message"]) for each in described["events"][:_EVENTS]),
    )


def _targets(described: Mapping[str, Any], aws: Clients) -> Iterator[Mapping[str, Any]]:
    for each in described["loadBalancers"]:
        if "targetGroupArn" in each:
            answer = aws.elbv2.describe_target_health(TargetGroupArn=each["targetGroupArn"])
            yield from (target["TargetHealth"] for target in answer["TargetHealthDescriptions"])


def _fault(health: Mapping[str, Any]) -> str:
    return ": ".join([health["State"], *(health[key] for key in ("Reason", "Description") if health.get(key))])


def _problems(status: ServiceStatus) -> Iterator[str]:
    if not status.exists:
        yield "ECS has no active service of this name"
        return
    if status.rollout != "COMPLETED":
        state = "has failed" if status.rollout == "FAILED" else "is in progress"
        yield f"its rollout {state}{f': {status.reason}' if status.reason else ''}"
    if status.running != status.desired:
        yield f"{status.running} of {status.desired} desired tasks run"
    if status.targets is not None and status.targets.get(HEALTHY, 0) < status.desired:
        faults = f": {'; '.join(status.target_faults)}" if status.target_faults else ""
        yield f"{status.targets.get(HEALTHY, 0)} of {status.desired} targets are healthy{faults}"


def task_definition(arn: str, aws: Clients) -> Mapping[str, Any]:
    """Return the task definition in the form of DescribeTaskDefinition."""
    found: Mapping[str, Any] = aws.ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
    return found


def own_image(service: str, definition: Mapping[str, Any]) -> str:
    """Return the image of the service's own container, which has the service's name."""
    containers = {each["name"]: each["image"] for each in definition["containerDefinitions"]}
    return str(containers.get(service, definition["containerDefinitions"][0]["image"]))


def short_arn(arn: str) -> str:
    """Return the last part of an ARN: 'family:7' of a task definition's."""
    return arn.rpartition("/")[2]

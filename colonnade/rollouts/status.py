"""The rollout of an ECS service at one moment: DescribeServices, DescribeTargetHealth -> completed, running or failed.

ECS counts a task as running while it fails its health checks. So a first deployment may have all its tasks running and
still fail. Its rollout state and its targets show whether it works:
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Deployment.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from colonnade.rollouts.applied import AppliedService

_SERVICES_PER_REQUEST = 10
"""https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html"""


class Clients(Protocol):
    """The boto3 clients that are used."""

    @property
    def ecs(self) -> Any: ...
    @property
    def elbv2(self) -> Any: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """The state of one service."""

    service: AppliedService
    exists: bool
    """False if ECS has no active service of this name; it then has no tasks either."""
    completed: bool
    """True if the rollout is completed and every target group has the desired number of healthy targets."""
    serves: bool
    """True if the tasks of the new deployment are healthy and no others run; former tasks may still drain."""
    failure: str
    """The reason why the rollout will not complete; empty otherwise."""
    progress: str
    """The healthy targets or running tasks, such as '1 of 2 targets healthy'."""
    last_event: str
    """The newest event of the service, or an empty string."""


def read_rollouts(services: Sequence[AppliedService], aws: Clients) -> tuple[Rollout, ...]:
    """Return the rollout of each service, in their order."""
    described = dict(_described(services, aws))
    return tuple(_rollout(service, described.get(service.arn), aws) for service in services)


def _described(services: Sequence[AppliedService], aws: Clients) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for cluster in dict.fromkeys(service.cluster for service in services):
        arns = [service.arn for service in services if service.cluster == cluster]
        for answer in described_services(cluster, arns, aws):
            yield answer["serviceArn"], answer


def described_services(cluster: str, services: Sequence[str], aws: Clients) -> Iterator[Mapping[str, Any]]:
    """Yield ECS's description of each of the cluster's services, given by name or ARN, that ECS has or had lately."""
    for start in range(0, len(services), _SERVICES_PER_REQUEST):
        request = services[start : start + _SERVICES_PER_REQUEST]
        yield from aws.ecs.describe_services(cluster=cluster, services=request)["services"]


def _rollout(service: AppliedService, described: Mapping[str, Any] | None, aws: Clients) -> Rollout:
    if described is None or described["status"] != "ACTIVE":
        return Rollout(
            service=service,
            exists=False,
            completed=False,
            serves=False,
            failure="ECS has no active service of this name",
            progress="",
            last_event="",
        )
    primary = next(each for each in described["deployments"] if each["status"] == "PRIMARY")
    desired = described["desiredCount"]
    groups = [each["targetGroupArn"] for each in described["loadBalancers"] if "targetGroupArn" in each]
    ready = min((_healthy(group, aws) for group in groups), default=described["runningCount"])
    events = described["events"]
    return Rollout(
        service=service,
        exists=True,
        completed=primary["rolloutState"] == "COMPLETED" and ready >= desired,
        serves=_runs_alone(primary, described["deployments"])
        and primary["runningCount"] >= desired
        and ready >= desired,
        failure=_failure(service, primary, described["deployments"]),
        progress=f"{ready} of {desired} {'targets healthy' if groups else 'tasks running'}",
        last_event=events[0]["message"] if events else "",
    )


def _runs_alone(primary: Mapping[str, Any], deployments: Sequence[Mapping[str, Any]]) -> bool:
    return not any(each["runningCount"] for each in deployments if each is not primary)


def _failure(service: AppliedService, primary: Mapping[str, Any], deployments: Sequence[Mapping[str, Any]]) -> str:
    if service.deployment_id is not None and primary["id"] != service.deployment_id:
        reason = next((each["rolloutStateReason"] for each in deployments if each["id"] == service.deployment_id), "")
        return (
            f"ECS runs deployment {primary['id']} instead of {service.deployment_id}{f': {reason}' if reason else ''}"
        )
    if primary["taskDefinition"] != service.task_definition:
        return f"ECS runs {primary['taskDefinition']} instead of the applied {service.task_definition}"
    if primary["rolloutState"] == "FAILED":
        return f"its rollout failed: {primary['rolloutStateReason']}"
    return ""


def _healthy(target_group: str, aws: Clients) -> int:
    targets = aws.elbv2.describe_target_health(TargetGroupArn=target_group)["TargetHealthDescriptions"]
    return sum(target["TargetHealth"]["State"] == "healthy" for target in targets)

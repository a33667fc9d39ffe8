"""The earlier revisions of a deployed service: ListServiceDeployments -> DescribeServiceRevisions -> the previous one.

The previous revision is the task definition of the newest completed deployment that ran a task definition other than
the current one. ECS lists the deployments of the last 90 days:
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListServiceDeployments.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from colonnade.apply.identity import aws_errors, error_code
from colonnade.model.errors import ConfigurationError, Problem
from colonnade.operate.services import Clients, DeployedService
from colonnade.operate.status import short_arn, task_definition
from colonnade.review.analysis.task_definitions import TYPE, RevisionDifference, revision_differences
from colonnade.review.plan.document import Action, Change

_REVISIONS_PER_REQUEST = 20
"""https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServiceRevisions.html"""
_LISTED = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A revision of a service's task definition."""

    definition: Mapping[str, Any]
    """In the form of DescribeTaskDefinition."""
    completed_at: datetime | None = None
    """The time at which its last deployment completed; None if it was named."""

    @property
    def arn(self) -> str:
        """The ARN of the task definition."""
        return str(self.definition["taskDefinitionArn"])

    @property
    def name(self) -> str:
        """The family and the number, such as 'colonnade-prod-services-service1:7'."""
        return short_arn(self.arn)

    @property
    def number(self) -> int:
        """The number in the family."""
        return int(self.definition["revision"])

    @property
    def images(self) -> dict[str, str]:
        """The image of each container, by its name."""
        return {str(each["name"]): str(each["image"]) for each in self.definition["containerDefinitions"]}


def revision(arn: str, aws: Clients, completed_at: datetime | None = None) -> Revision:
    """Return the revision with this ARN."""
    return Revision(definition=task_definition(arn, aws), completed_at=completed_at)


def previous_revision(service: DeployedService, current: Revision) -> Revision:
    """Return the previous completed revision; raises ConfigurationError without one, or AwsError."""
    with aws_errors():
        completed = list(_completed(service))
        definitions = _task_definitions([arn for arn, _ in completed], service.aws)
        for arn, at in completed:
            if definitions.get(arn, current.arn) != current.arn:
                return revision(definitions[arn], service.aws, at)
        message = f"ECS lists no completed deployment of another revision than {current.number} in the last 90 days"
        raise _no_revision(service, current, message)


def named_revision(service: DeployedService, current: Revision, number: int) -> Revision:
    """Return the revision of that number; raises ConfigurationError if it is not registered, or AwsError."""
    from botocore.exceptions import ClientError

    family = current.name.rpartition(":")[0]
    with aws_errors():
        try:
            found = revision(f"{family}:{number}", service.aws)
        except ClientError as error:
            if error_code(error) != "ClientException":
                raise
            raise _no_revision(service, current, f"revision {number} of {family} is not registered") from error
        if found.definition["status"] != "ACTIVE":
            raise _no_revision(service, current, f"revision {number} of {family} was deregistered")
        return found


def differences(before: Revision, after: Revision) -> tuple[RevisionDifference, ...]:
    """Return the differences between two revisions, without the values of variables."""
    return revision_differences(
        Change(
            address=before.name,
            type=TYPE,
            name=before.name,
            action=Action.REPLACE,
            before=_terraform(before.definition),
            after=_terraform(after.definition),
            arguments={},
        )
    )


def _terraform(definition: Mapping[str, Any]) -> dict[str, Any]:
    """Return a task definition with the names of the arguments of Terraform's `aws_ecs_task_definition`."""
    platform = definition.get("runtimePlatform", {})
    return {
        "cpu": definition.get("cpu"),
        "memory": definition.get("memory"),
        "execution_role_arn": definition.get("executionRoleArn"),
        "task_role_arn": definition.get("taskRoleArn"),
        "network_mode": definition.get("networkMode"),
        "volume": definition.get("volumes"),
        "ephemeral_storage": definition.get("ephemeralStorage"),
        "runtime_platform": [{"cpu_architecture": platform.get("cpuArchitecture")}],
        "container_definitions": json.dumps(definition["containerDefinitions"], default=str),
    }


def _completed(service: DeployedService) -> Iterator[tuple[str, datetime]]:
    """Return the service revision and the end of each completed deployment, the newest first."""
    request = {"cluster": service.cluster, "service": service.service.physical_name, "status": ["SUCCESSFUL"]}
    found: list[Mapping[str, Any]] = []
    while True:
        answer = service.aws.ecs.list_service_deployments(**request)
        found += answer["serviceDeployments"]
        if not answer.get("nextToken"):
            break
        request["nextToken"] = answer["nextToken"]
    for each in sorted(found, key=lambda deployment: deployment["createdAt"], reverse=True):
        yield each["targetServiceRevisionArn"], each["finishedAt"]


def _task_definitions(revisions: Sequence[str], aws: Clients) -> dict[str, str]:
    """Return the task definition of each service revision."""
    arns, found = list(dict.fromkeys(revisions)), {}
    for start in range(0, len(arns), _REVISIONS_PER_REQUEST):
        request = arns[start : start + _REVISIONS_PER_REQUEST]
        for each in aws.ecs.describe_service_revisions(serviceRevisionArns=request)["serviceRevisions"]:
            found[str(each["serviceRevisionArn"])] = str(each["taskDefinition"])
    return found


def _no_revision(service: DeployedService, current: Revision, message: str) -> ConfigurationError:
    family = current.name.rpartition(":")[0]
    listed = service.aws.ecs.list_task_definitions(
        familyPrefix=family, status="ACTIVE", sort="DESC", maxResults=_LISTED
    )["taskDefinitionArns"]
    numbers = [short_arn(each).rpartition(":")[2] for each in listed if each != current.arn]
    fix = f"name one with --to; registered: {', '.join(numbers)}" if numbers else "no other revision is registered"
    return ConfigurationError([Problem(subject=f"service {service.name!r}", message=message, fix=fix)])

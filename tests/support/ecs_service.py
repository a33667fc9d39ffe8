"""ECS, ELB and ECR as the commands of `colonnade.operate` call them, for the service `services/service1` of `prod`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from colonnade.operate.services import Clients, DeployedService
from tests.support.project import PROJECT

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
FAMILY = "colonnade-prod-services-service1"
ENVIRONMENT = PROJECT.environment("prod")
DEPLOYMENTS = PROJECT.resolve("prod")
REPOSITORY = f"{ENVIRONMENT.registry}/colonnade-prod-service1"
_ARN = f"arn:aws:ecs:{ENVIRONMENT.region}:{ENVIRONMENT.account_id}"
_CLUSTER = "colonnade-prod-services-cluster"


def digest(number: int) -> str:
    """Return the digest of the image with this number."""
    return f"sha256:{number:064x}"


def container(number: int, **changes: Any) -> dict[str, Any]:
    """Return the container of a revision, with the image of that number."""
    return {"name": "service1", "image": f"{REPOSITORY}@{digest(number)}", "environment": [], **changes}


@dataclass
class Ecs:
    """One service. An update makes a deployment that ends as `outcome` says after one more look."""

    containers: Mapping[int, Sequence[Mapping[str, Any]]]
    """The containers of each registered revision, by number."""
    current: int
    """The number of the revision that runs."""
    successful: Sequence[int] = ()
    """The revisions of the completed deployments, the oldest first."""
    outcome: str = "COMPLETED"
    deregistered: frozenset[int] = frozenset()
    exists: bool = True
    tags: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The tags of each digest in ECR."""
    updates: list[dict[str, Any]] = field(default_factory=list)
    _deployment: int = 1
    _looks: int = 0

    @property
    def service(self) -> DeployedService:
        """The service as the commands receive it."""
        deployment = next(each for each in DEPLOYMENTS if each.name == "services")
        aws: Any = self
        clients = Clients(ec2=aws, ecs=aws, elbv2=aws, logs=aws, ecr=aws, servicediscovery=aws)
        return DeployedService(deployment=deployment, service=deployment.service("service1"), aws=clients)

    def describe_services(self, *, cluster: str, services: list[str]) -> Any:
        assert cluster.rpartition("/")[2] == _CLUSTER
        assert [each.rpartition("/")[2] for each in services] == [FAMILY]
        self._looks += 1
        return {"services": [self._described()] if self.exists else []}

    def update_service(self, *, cluster: str, service: str, **changes: Any) -> Any:
        assert (cluster, service) == (_CLUSTER, FAMILY)
        self.updates.append(changes)
        self._deployment, self._looks = self._deployment + 1, 0
        self.current = int(changes.get("taskDefinition", f":{self.current}").rpartition(":")[2])
        return {"service": self._described()}

    def describe_task_definition(self, *, taskDefinition: str) -> Any:  # noqa: N803
        number = int(taskDefinition.rpartition(":")[2])
        if number not in self.containers:
            error = {"Error": {"Code": "ClientException", "Message": "Unable to describe task definition."}}
            raise ClientError(error, "DescribeTaskDefinition")
        return {
            "taskDefinition": {
                "taskDefinitionArn": _task_definition(number),
                "revision": number,
                "status": "INACTIVE" if number in self.deregistered else "ACTIVE",
                "cpu": "256",
                "memory": "512",
                "containerDefinitions": list(self.containers[number]),
            }
        }

    def list_task_definitions(self, *, familyPrefix: str, status: str, sort: str, maxResults: int) -> Any:  # noqa: N803
        assert (familyPrefix, status, sort) == (FAMILY, "ACTIVE", "DESC")
        found = sorted(set(self.containers) - self.deregistered, reverse=True)
        return {"taskDefinitionArns": [_task_definition(each) for each in found[:maxResults]]}

    def list_service_deployments(self, *, status: list[str], nextToken: str = "0", **_request: str) -> Any:  # noqa: N803
        assert status == ["SUCCESSFUL"]
        place = int(nextToken)
        found = [
            {
                "targetServiceRevisionArn": f"revision/{number}",
                "createdAt": NOW + timedelta(hours=place),
                "finishedAt": NOW + timedelta(hours=place, minutes=1),
            }
            for number in self.successful[place : place + 1]
        ]
        more = {"nextToken": str(place + 1)} if place + 1 < len(self.successful) else {}
        return {"serviceDeployments": found, **more}

    def describe_service_revisions(self, *, serviceRevisionArns: list[str]) -> Any:  # noqa: N803
        return {
            "serviceRevisions": [
                {"serviceRevisionArn": arn, "taskDefinition": _task_definition(int(arn.rpartition("/")[2]))}
                for arn in serviceRevisionArns
            ]
        }

    def describe_target_health(self, *, TargetGroupArn: str) -> Any:  # noqa: N803
        return {"TargetHealthDescriptions": [{"TargetHealth": {"State": "healthy"}} for _ in TargetGroupArn[:3]]}

    def list_tasks(self, **_request: str) -> Any:
        return {"taskArns": ["failed", "replaced"]}

    def describe_tasks(self, *, cluster: str, tasks: list[str]) -> Any:
        assert cluster
        containers = [{"name": "service1", "exitCode": 3}]
        ends = {
            "failed": {"startedBy": self._id(), "stoppedReason": "Essential container in task exited"},
            "replaced": {"startedBy": "ecs-svc/0", "stoppedReason": "Scaling activity"},
        }
        return {"tasks": [{**ends[each], "containers": containers} for each in tasks]}

    def describe_images(self, *, repositoryName: str, imageIds: list[dict[str, str]]) -> Any:  # noqa: N803
        assert f"{ENVIRONMENT.registry}/{repositoryName}" == REPOSITORY
        found = self.tags.get(imageIds[0]["imageDigest"])
        if found is None:
            raise ClientError({"Error": {"Code": "AccessDeniedException"}}, "DescribeImages")
        return {"imageDetails": [{"imageTags": list(found)}]}

    def _described(self) -> dict[str, Any]:
        # The first look after an update may still show the former state, as AWS's API may.
        stale = self._deployment > 1 and self._looks == 1
        ended = self._deployment == 1 or self._looks > 3
        primary = {
            "id": self._id(-1 if stale else 0),
            "status": "PRIMARY",
            "taskDefinition": _task_definition(self.current),
            "rolloutState": ("COMPLETED" if self._deployment == 1 else self.outcome)
            if ended or stale
            else "IN_PROGRESS",
            "rolloutStateReason": "ECS deployment circuit breaker: tasks failed to start.",
            "runningCount": 3,
        }
        deployments = [primary]
        if self.outcome == "ROLLED_BACK" and ended and self._deployment > 1:
            back = {**primary, "id": "ecs-svc/99", "rolloutState": "IN_PROGRESS"}
            deployments = [back, {**primary, "status": "ACTIVE", "rolloutState": "FAILED"}]
        return {
            "serviceArn": f"{_ARN}:service/{_CLUSTER}/{FAMILY}",
            "serviceName": FAMILY,
            "clusterArn": f"{_ARN}:cluster/{_CLUSTER}",
            "status": "ACTIVE",
            "desiredCount": 3,
            "runningCount": 3,
            "deployments": deployments,
            "loadBalancers": [{"targetGroupArn": "group"}],
            "events": [],
        }

    def _id(self, difference: int = 0) -> str:
        return f"ecs-svc/{self._deployment + difference}"


def _task_definition(number: int) -> str:
    return f"{_ARN}:task-definition/{FAMILY}:{number}"

"""ECS services for the emulator, with the scheduler's observations in the responses.

This module closes these gaps of moto 5.2.5. UpdateService creates no deployment, ignores `forceNewDeployment` and
reports every desired task as running at once. DeleteService reports INACTIVE at once. DescribeServices omits most
fields of CreateService (a second plan would not be empty). A second service of the same name replaces the first. A
deregistered task definition can still be deployed. A cluster with services can be deleted. ListTasks, DescribeTasks,
StopTask and DescribeClusters do not know the scheduler's tasks. A task definition may have secrets without an execution
role, a name both as a secret and as a variable, and containers that wait for each other.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ClassVar

import moto.ecs.urls
from moto.core.responses import ActionResult
from moto.ecs.exceptions import (
    EcsClientException,
    ECSException,
    InvalidParameterException,
    ServiceNotFoundException,
)
from moto.ecs.models import Service
from moto.ecs.responses import EC2ContainerServiceResponse

from colonnade_sandbox.aws_emulator.ecs_secrets import secrets_fault
from colonnade_sandbox.aws_emulator.ecs_service import ECHOED, described
from colonnade_sandbox.aws_emulator.ecs_service_deployments import service_deployments, service_revisions
from colonnade_sandbox.aws_emulator.ecs_task import USER_STOPPED, described_tasks, task_arns, task_counts
from colonnade_sandbox.aws_emulator.ecs_task_definition import order_problem
from colonnade_sandbox.control_plane.observations import Observations

_TASKS_PER_REQUEST = 100
"""https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html"""


class _Responses(EC2ContainerServiceResponse):  # type: ignore[misc]
    observations: ClassVar[Observations]
    stop_requests: ClassVar[dict[str, str]]
    """The reasons of StopTask by task id."""
    # moto stores the fields that a response omits in a class attribute. Without this copy, tags that moto's own class
    # omitted once would be missing from every later response of this class.
    RESPONSE_KEY_PATH_TO_TRANSFORMER: ClassVar[dict[str, Callable[[Any], Any]]] = dict(
        EC2ContainerServiceResponse.RESPONSE_KEY_PATH_TO_TRANSFORMER
    )

    def register_task_definition(self) -> ActionResult:
        request = self._get_params()
        containers = request.get("containerDefinitions", [])
        role = bool(request.get("executionRoleArn"))
        faults = [order_problem(containers), *(secrets_fault(each, has_execution_role=role) for each in containers)]
        for fault in faults:
            if fault is not None:
                raise EcsClientException(fault)
        answer: ActionResult = super().register_task_definition()
        return answer

    def create_service(self) -> ActionResult:
        request = dict(self._get_params())
        self._refuse_second_service(request)
        self._require_active(request.get("taskDefinition"))
        service: Service = super().create_service().result["service"]
        service.echoed = {name: request[name] for name in ECHOED if name in request}
        service.created_at = service.updated_at = datetime.now(UTC)
        service.forced_deployment = ""
        return self._answer(service)

    def update_service(self) -> ActionResult:
        request = dict(self._get_params())
        service: Service = self.ecs_backend._get_service(request.get("cluster", "default"), request["service"])
        if service.status != "ACTIVE":
            raise EcsClientException("Service was not ACTIVE.")
        if "taskDefinition" in request:
            self._require_active(request["taskDefinition"])
            service.task_definition = self.ecs_backend.describe_task_definition(request["taskDefinition"]).arn
        if "desiredCount" in request:
            service.desired_count = int(request["desiredCount"])
        if request.get("forceNewDeployment"):
            service.forced_deployment = f"ecs-svc/{secrets.randbelow(10**19):019d}"
        service.echoed |= {name: request[name] for name in ECHOED if name in request}
        service.updated_at = datetime.now(UTC)
        return self._answer(service)

    def delete_service(self) -> ActionResult:
        service: Service = super().delete_service().result["service"]
        service.desired_count = 0
        return self._answer(service)

    def describe_services(self) -> ActionResult:
        cluster = self._get_param("cluster", "default")
        services, failures = self.ecs_backend.describe_services(cluster, self._get_param("services", []))
        with_tags = "TAGS" in self._get_param("include", [])
        answers = [self._described(service, with_tags=with_tags) for service in services]
        return ActionResult({"services": answers, "failures": failures})

    def list_service_deployments(self) -> ActionResult:
        name = self._get_param("service").rpartition("/")[2]
        service: Service = self.ecs_backend._get_service(self._get_param("cluster", "default"), name)
        found = service_deployments(service.arn, self.observations.services.get(service.arn))
        statuses = self._get_param("status", [])
        return ActionResult(
            {"serviceDeployments": [each for each in found if not statuses or each["status"] in statuses]}
        )

    def describe_service_revisions(self) -> ActionResult:
        requested = self._get_param("serviceRevisionArns", [])
        found = service_revisions(self.observations.services)
        return ActionResult(
            {
                "serviceRevisions": [found[arn] for arn in requested if arn in found],
                "failures": [{"arn": arn, "reason": "MISSING"} for arn in requested if arn not in found],
            }
        )

    def list_services(self) -> ActionResult:
        arns = super().list_services().result["serviceArns"]
        by_arn = {service.arn: service for service in self.ecs_backend.services.values()}
        listed = [arn for arn in arns if self._described(by_arn[arn], with_tags=False)["status"] != "INACTIVE"]
        return ActionResult({"serviceArns": listed})

    def delete_cluster(self) -> ActionResult:
        name = self._cluster_name()
        services = [each for each in self.ecs_backend.services.values() if each.cluster_name == name]
        if any(self._described(each, with_tags=False)["status"] != "INACTIVE" for each in services):
            # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteCluster.html
            message = "The Cluster cannot be deleted while Services are active."
            raise ECSException("ClusterContainsServicesException", message)
        answer: ActionResult = super().delete_cluster()
        return answer

    def describe_clusters(self) -> ActionResult:
        for cluster in self.ecs_backend.clusters.values():
            services = [each for each in self.ecs_backend.services.values() if each.cluster_name == cluster.name]
            cluster.active_services_count = sum(each.status == "ACTIVE" for each in services)
            counts = task_counts(self.observations.services, cluster.name)
            cluster.running_tasks_count, cluster.pending_tasks_count = counts
        answer: ActionResult = super().describe_clusters()
        return answer

    def list_tasks(self) -> ActionResult:
        cluster, service = self._cluster_name(), self._get_param("serviceName")
        if service is not None and f"{cluster}:{service.rpartition('/')[2]}" not in self.ecs_backend.services:
            raise ServiceNotFoundException
        arns = task_arns(
            self.observations.services,
            cluster,
            desired_status=self._get_param("desiredStatus", "RUNNING"),
            service_name=service,
            family=self._get_param("family"),
            started_by=self._get_param("startedBy"),
            stop_requests=self.stop_requests,
        )
        start = int(self._get_param("nextToken", 0))
        end = start + int(self._get_param("maxResults", _TASKS_PER_REQUEST))
        return ActionResult({"taskArns": arns[start:end]} | ({"nextToken": str(end)} if end < len(arns) else {}))

    def describe_tasks(self) -> ActionResult:
        requested = self._get_param("tasks", [])
        if len(requested) > _TASKS_PER_REQUEST:
            raise InvalidParameterException(f"Tasks cannot have more than {_TASKS_PER_REQUEST} elements.")
        cluster = self._cluster_name()
        tasks, failures = described_tasks(self.observations.services, cluster, requested, self.stop_requests)
        return ActionResult({"tasks": tasks, "failures": failures})

    def stop_task(self) -> ActionResult:
        requested, reason = self._get_param("task"), self._get_param("reason", USER_STOPPED)
        arguments = self.observations.services, self._cluster_name(), [requested]
        tasks, _ = described_tasks(*arguments, self.stop_requests)
        if not tasks:
            # https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_StopTask.html
            raise InvalidParameterException("The referenced task was not found.")
        if tasks[0]["desiredStatus"] != "STOPPED":
            self.stop_requests[tasks[0]["taskArn"].rpartition("/")[2]] = reason
            tasks, _ = described_tasks(*arguments, self.stop_requests)
        return ActionResult({"task": tasks[0]})

    def _cluster_name(self) -> str:
        return str(self.ecs_backend._get_cluster(self._get_param("cluster", "default")).name)

    def _answer(self, service: Service) -> ActionResult:
        return ActionResult({"service": self._described(service, with_tags=True)})

    def _described(self, service: Service, *, with_tags: bool) -> dict[str, Any]:
        return described(service, self.observations.services.get(service.arn), with_tags=with_tags)

    def _refuse_second_service(self, request: dict[str, Any]) -> None:
        cluster = self.ecs_backend._get_cluster(request.get("cluster", "default"))
        existing = self.ecs_backend.services.get(f"{cluster.name}:{request['serviceName']}")
        if existing is None:
            return
        status = self._described(existing, with_tags=False)["status"]
        if status == "ACTIVE":
            raise InvalidParameterException("Creation of service was not idempotent.")
        if status == "DRAINING":
            raise InvalidParameterException("Unable to Start a service that is still Draining.")

    def _require_active(self, task_definition: str | None) -> None:
        if (
            task_definition is not None
            and self.ecs_backend.describe_task_definition(task_definition).status != "ACTIVE"
        ):
            raise EcsClientException("TaskDefinition is inactive")


def install(observations: Observations) -> None:
    """Serve the ECS API with these responses."""
    _Responses.observations, _Responses.stop_requests = observations, {}
    moto.ecs.urls.url_paths = {"{0}/$": _Responses.dispatch}

"""The reader of ECS: services and their task definitions -> `EcsService`, and the tasks that StopTask was called
for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from colonnade_sandbox.control_plane.clients import AwsClients
from colonnade_sandbox.control_plane.observations import NOT_STARTED
from colonnade_sandbox.control_plane.snapshot import (
    Container,
    ContainerDependency,
    ContainerHealthCheck,
    EcsService,
    MountPoint,
    ServiceLoadBalancer,
    TaskDefinition,
    TaskNetwork,
    Tmpfs,
)

_MAXIMUM_SERVICES_PER_REQUEST = 10  # DescribeServices, API reference
_MAXIMUM_TASKS_PER_REQUEST = 100  # DescribeTasks, API reference
_DEFAULT_STOP_TIMEOUT_SECONDS = 30  # API_ContainerDefinition, stopTimeout on Fargate


class EcsReader:
    """A reader that caches task definitions, because a revision never changes."""

    def __init__(self, aws: AwsClients) -> None:
        self._ecs = aws.ecs
        self._task_definitions: dict[str, TaskDefinition] = {}

    def read_services(self) -> tuple[EcsService, ...]:
        """Return every service of every cluster that is ACTIVE or DRAINING."""
        return tuple(
            self._service(service)
            for cluster in self._pages("list_clusters", "clusterArns")
            for service in self._described(cluster)
            if service["status"] != "INACTIVE"
        )

    def read_stop_requests(self) -> dict[str, str]:
        """Return the reasons of StopTask by task id, of the tasks that have not stopped."""
        return {
            task["taskArn"].rpartition("/")[2]: task["stoppedReason"]
            for cluster in self._pages("list_clusters", "clusterArns")
            for task in self._stopping_tasks(cluster)
            if task.get("stopCode") == "UserInitiated" and task["lastStatus"] != "STOPPED"
        }

    def _stopping_tasks(self, cluster: str) -> list[dict[str, Any]]:
        arns = self._pages("list_tasks", "taskArns", cluster=cluster, desiredStatus="STOPPED")
        return [
            task
            for start in range(0, len(arns), _MAXIMUM_TASKS_PER_REQUEST)
            for task in self._ecs.describe_tasks(
                cluster=cluster, tasks=arns[start : start + _MAXIMUM_TASKS_PER_REQUEST]
            )["tasks"]
        ]

    def _pages(self, operation: str, key: str, **request: str) -> list[str]:
        return [arn for page in self._ecs.get_paginator(operation).paginate(**request) for arn in page[key]]

    def _described(self, cluster: str) -> list[dict[str, Any]]:
        arns = self._pages("list_services", "serviceArns", cluster=cluster)
        return [
            service
            for start in range(0, len(arns), _MAXIMUM_SERVICES_PER_REQUEST)
            for service in self._ecs.describe_services(
                cluster=cluster, services=arns[start : start + _MAXIMUM_SERVICES_PER_REQUEST]
            )["services"]
        ]

    def _service(self, service: Mapping[str, Any]) -> EcsService:
        deployment = service.get("deploymentConfiguration", {})
        breaker = deployment.get("deploymentCircuitBreaker", {})
        return EcsService(
            arn=service["serviceArn"],
            name=service["serviceName"],
            cluster_arn=service["clusterArn"],
            status=service["status"],
            task_definition=self._task_definition(service["taskDefinition"]),
            desired_count=service["desiredCount"],
            minimum_healthy_percent=deployment.get("minimumHealthyPercent", 100),
            maximum_percent=deployment.get("maximumPercent", 200),
            circuit_breaker=breaker.get("enable", False),
            circuit_breaker_rollback=breaker.get("rollback", False),
            health_check_grace_seconds=service.get("healthCheckGracePeriodSeconds", 0),
            load_balancers=tuple(
                ServiceLoadBalancer(target_group_arn=each["targetGroupArn"], container_port=each["containerPort"])
                for each in service["loadBalancers"]
                if "targetGroupArn" in each
            ),
            discovery_service_arns=tuple(each["registryArn"] for each in service["serviceRegistries"]),
            network=TaskNetwork.of(service.get("networkConfiguration", {})),
            primary_deployment=service["deployments"][0]["id"].replace(NOT_STARTED, ""),
        )

    def _task_definition(self, arn: str) -> TaskDefinition:
        known = self._task_definitions.get(arn)
        if known is not None:
            return known
        read = self._ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
        definition = TaskDefinition(
            arn=read["taskDefinitionArn"],
            containers=tuple(_container(each) for each in read["containerDefinitions"]),
            task_role_arn=read.get("taskRoleArn", ""),
            execution_role_arn=read.get("executionRoleArn", ""),
        )
        self._task_definitions[arn] = definition
        return definition


def _container(container: Mapping[str, Any]) -> Container:
    log_options = container.get("logConfiguration", {}).get("options", {})
    linux = container.get("linuxParameters", {})
    return Container(
        name=container["name"],
        image=container["image"],
        environment={entry["name"]: entry["value"] for entry in container.get("environment", [])},
        ports=tuple(each["containerPort"] for each in container.get("portMappings", [])),
        secrets={entry["name"]: entry["valueFrom"] for entry in container.get("secrets", [])},
        stop_timeout_seconds=container.get("stopTimeout", _DEFAULT_STOP_TIMEOUT_SECONDS),
        start_timeout_seconds=container.get("startTimeout"),
        essential=container.get("essential", True),
        entry_point=tuple(container.get("entryPoint", [])),
        command=tuple(container.get("command", [])),
        working_directory=container.get("workingDirectory"),
        depends_on=tuple(
            ContainerDependency(container_name=each["containerName"], condition=each["condition"])
            for each in container.get("dependsOn", [])
        ),
        health_check=_health_check(container["healthCheck"]) if "healthCheck" in container else None,
        log_stream_prefix=log_options.get("awslogs-stream-prefix"),
        log_group=log_options.get("awslogs-group"),
        read_only_root=container.get("readonlyRootFilesystem", False),
        mount_points=tuple(
            MountPoint(volume=each["sourceVolume"], path=each["containerPath"], read_only=each.get("readOnly", False))
            for each in container.get("mountPoints", [])
        ),
        tmpfs=tuple(
            Tmpfs(path=each["containerPath"], size_mib=each["size"], read_only="ro" in each.get("mountOptions", []))
            for each in linux.get("tmpfs", [])
        ),
        init_process=linux.get("initProcessEnabled", False),
        ulimits={each["name"]: (each["softLimit"], each["hardLimit"]) for each in container.get("ulimits", [])},
    )


def _health_check(check: Mapping[str, Any]) -> ContainerHealthCheck:
    kind, *rest = check["command"]
    return ContainerHealthCheck(
        command=("/bin/sh", "-c", *rest) if kind == "CMD-SHELL" else tuple(rest),
        interval_seconds=check.get("interval", 30),
        timeout_seconds=check.get("timeout", 5),
        retries=check.get("retries", 3),
        start_period_seconds=check.get("startPeriod", 0),
    )

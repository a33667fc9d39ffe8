"""The tasks of ECS services in the form of ListTasks and DescribeTasks, as the scheduler observes them. No I/O.

Field meanings: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from colonnade_sandbox.control_plane.observations import ContainerObservation, ServiceObservation, TaskObservation

USER_STOPPED = "Task stopped by user"
"""The stopped reason of StopTask without a reason."""

_STOPPING = {"DEACTIVATING", "STOPPING", "STOPPED"}


def task_arns(
    services: Mapping[str, ServiceObservation],
    cluster_name: str,
    *,
    desired_status: str,
    service_name: str | None = None,
    family: str | None = None,
    started_by: str | None = None,
    stop_requests: Mapping[str, str] = MappingProxyType({}),
) -> list[str]:
    """Return the tasks of the cluster; `services` are the observations by service ARN.

    `desired_status` is 'RUNNING', or 'STOPPED' for the tasks that stop or have stopped. The other filters are those of
    ListTasks; None does not filter. `stop_requests` are the reasons of StopTask by task id.
    """
    return [
        _arn(service, task)
        for service, task in _tasks(services)
        if _cluster_name(service) == cluster_name
        and service_name in (None, service, _service_name(service))
        and family in (None, task.task_definition_arn.rpartition("/")[2].partition(":")[0])
        and started_by in (None, task.deployment_id)
        and _desired_status(task, stop_requests) == desired_status
    ]


def task_counts(services: Mapping[str, ServiceObservation], cluster_name: str) -> tuple[int, int]:
    """Return the numbers of the running and of the pending tasks of a cluster."""
    found = [service for arn, service in services.items() if _cluster_name(arn) == cluster_name]
    return sum(each.running_count for each in found), sum(each.pending_count for each in found)


def described_tasks(
    services: Mapping[str, ServiceObservation],
    cluster_name: str,
    requested: Sequence[str],
    stop_requests: Mapping[str, str] = MappingProxyType({}),
) -> tuple[list[dict[str, Any]], list[dict[str, str]]]:
    """Return the requested tasks, given by id or ARN, and the failures of DescribeTasks."""
    found = {
        task.id: _described(service, task, stop_requests)
        for service, task in _tasks(services)
        if _cluster_name(service) == cluster_name
    }
    ids = [each.rpartition("/")[2] for each in requested]
    failures = [{"arn": each, "reason": "MISSING"} for each in requested if each.rpartition("/")[2] not in found]
    return [found[each] for each in ids if each in found], failures


def _tasks(services: Mapping[str, ServiceObservation]) -> Iterator[tuple[str, TaskObservation]]:
    return ((arn, task) for arn, service in services.items() for task in service.tasks)


def _desired_status(task: TaskObservation, stop_requests: Mapping[str, str]) -> str:
    return "STOPPED" if task.status in _STOPPING or task.id in stop_requests else "RUNNING"


def _described(service_arn: str, task: TaskObservation, stop_requests: Mapping[str, str]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "taskArn": _arn(service_arn, task),
        "clusterArn": service_arn.replace(":service/", ":cluster/").rpartition("/")[0],
        "taskDefinitionArn": task.task_definition_arn,
        "group": f"service:{_service_name(service_arn)}",
        "startedBy": task.deployment_id,
        "launchType": "FARGATE",
        "lastStatus": task.status,
        "desiredStatus": _desired_status(task, stop_requests),
        "healthStatus": task.health,
        "containers": [_container(service_arn, task, each) for each in task.containers],
    }
    times = {
        "createdAt": task.created_at,
        "startedAt": task.started_at,
        "stoppingAt": task.stopping_at,
        "executionStoppedAt": task.stopped_at if task.started_at is not None else None,
        "stoppedAt": task.stopped_at,
    }
    described |= {name: time for name, time in times.items() if time is not None}
    if task.stopped_reason:
        described |= {"stoppedReason": task.stopped_reason, "stopCode": task.stop_code}
    elif task.id in stop_requests:
        described |= {"stoppedReason": stop_requests[task.id], "stopCode": "UserInitiated"}
    return described


def _container(service_arn: str, task: TaskObservation, container: ContainerObservation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "name": container.name,
        "image": container.image,
        "taskArn": _arn(service_arn, task),
        "lastStatus": container.status,
        "healthStatus": container.health,
        "networkInterfaces": [{"privateIpv4Address": task.address}],
    }
    if container.exit_code is not None:
        described["exitCode"] = container.exit_code
    if container.reason:
        described["reason"] = container.reason
    return described


def _arn(service_arn: str, task: TaskObservation) -> str:
    """Return the ARN of a task: `…:task/CLUSTER/ID`, beside its service's `…:service/CLUSTER/NAME`."""
    return f"{service_arn.replace(':service/', ':task/').rpartition('/')[0]}/{task.id}"


def _cluster_name(service_arn: str) -> str:
    return service_arn.split("/")[-2]


def _service_name(service_arn: str) -> str:
    return service_arn.rpartition("/")[2]

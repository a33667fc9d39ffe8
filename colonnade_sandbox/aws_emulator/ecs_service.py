"""An ECS service in the form of DescribeServices, from the request and the scheduler's observation. No I/O.

Field meanings: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Service.html and API_Deployment.html.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol
from uuid import NAMESPACE_URL, uuid5

from colonnade_sandbox.control_plane.observations import NOT_STARTED, Deployment, ServiceObservation
from colonnade_sandbox.control_plane.snapshot import TaskNetwork

ECHOED = (
    "availabilityZoneRebalancing",
    "capacityProviderStrategy",
    "deploymentConfiguration",
    "deploymentController",
    "enableECSManagedTags",
    "enableExecuteCommand",
    "healthCheckGracePeriodSeconds",
    "launchType",
    "loadBalancers",
    "networkConfiguration",
    "placementConstraints",
    "placementStrategy",
    "platformVersion",
    "propagateTags",
    "schedulingStrategy",
    "serviceConnectConfiguration",
    "serviceRegistries",
    "volumeConfigurations",
)
"""Fields of CreateService and UpdateService that DescribeServices returns unchanged."""

_DEFAULTS: Mapping[str, Any] = {
    "deploymentController": {"type": "ECS"},
    "enableECSManagedTags": False,
    "enableExecuteCommand": False,
    "loadBalancers": [],
    "placementConstraints": [],
    "placementStrategy": [],
    "platformVersion": "LATEST",
    "propagateTags": "NONE",
    "schedulingStrategy": "REPLICA",
    "serviceRegistries": [],
}


class Requested(Protocol):
    """A service as moto stores it, with the fields that `ecs` adds."""

    arn: str
    name: str
    cluster_arn: str
    status: str
    task_definition: str
    desired_count: int
    tags: list[dict[str, str]]
    echoed: dict[str, Any]
    created_at: datetime
    forced_deployment: str
    """The id of the deployment that `forceNewDeployment` has started last; empty if there is none."""
    updated_at: datetime
    """The time of the request that has changed its deployment."""


def described(service: Requested, observation: ServiceObservation | None, *, with_tags: bool) -> dict[str, Any]:
    """Return the entry of DescribeServices; `observation` is None until the scheduler has seen the service."""
    running = observation.running_count if observation is not None else 0
    pending = observation.pending_count if observation is not None else 0
    answer = {
        **_DEFAULTS,
        **service.echoed,
        "serviceArn": service.arn,
        "serviceName": service.name,
        "clusterArn": service.cluster_arn,
        "status": _status(service, observation),
        "desiredCount": service.desired_count,
        "runningCount": running,
        "pendingCount": pending,
        "taskDefinition": service.task_definition,
        "deployments": _deployments(service, observation),
        "events": _events(service, observation),
        "createdAt": service.created_at,
    }
    if with_tags:
        answer["tags"] = service.tags
    return answer


def _status(service: Requested, observation: ServiceObservation | None) -> str:
    """Return the status. After DeleteService AWS reports DRAINING until all tasks have stopped, moto INACTIVE."""
    if service.status == "ACTIVE":
        return "ACTIVE"
    tasks = observation.tasks if observation is not None else ()
    return "DRAINING" if any(task.status != "STOPPED" for task in tasks) else "INACTIVE"


def _deployments(service: Requested, observation: ServiceObservation | None) -> list[dict[str, Any]]:
    """Return the observed deployments; if the request is newer, a primary without tasks precedes them.

    A client that waits for the new deployment therefore never counts the tasks of the old one.
    """
    observed = observation.deployments if observation is not None else ()
    network = TaskNetwork.of(service.echoed.get("networkConfiguration", {}))
    seen = observation.seen_deployments if observation is not None else frozenset()
    forced = service.forced_deployment if service.forced_deployment not in seen else ""
    requested = (service.task_definition, network)
    if observed and not forced and (observed[0].task_definition_arn, observed[0].network) == requested:
        return [_deployment(observed[0], service.desired_count), *(_deployment(each) for each in observed[1:])]
    replaced = [_deployment(each) | {"status": "ACTIVE"} for each in observed]
    return [_not_started(service, forced if forced else NOT_STARTED), *replaced]


def _deployment(deployment: Deployment, desired_count: int | None = None) -> dict[str, Any]:
    return {
        "id": deployment.id,
        "status": deployment.status,
        "taskDefinition": deployment.task_definition_arn,
        "desiredCount": desired_count if desired_count is not None else deployment.desired_count,
        "runningCount": deployment.running_count,
        "pendingCount": deployment.pending_count,
        "failedTasks": deployment.failed_tasks,
        "rolloutState": deployment.rollout_state,
        "rolloutStateReason": deployment.rollout_state_reason,
        "createdAt": deployment.created_at,
        "updatedAt": deployment.updated_at,
    }


def _not_started(service: Requested, deployment_id: str) -> dict[str, Any]:
    return {
        "id": deployment_id,
        "status": "PRIMARY",
        "taskDefinition": service.task_definition,
        "desiredCount": service.desired_count,
        "runningCount": 0,
        "pendingCount": 0,
        "failedTasks": 0,
        "rolloutState": "IN_PROGRESS",
        "rolloutStateReason": "ECS deployment in progress.",
        "createdAt": service.updated_at,
        "updatedAt": service.updated_at,
    }


def _events(service: Requested, observation: ServiceObservation | None) -> list[dict[str, Any]]:
    return [
        {
            "id": str(uuid5(NAMESPACE_URL, f"{service.arn} {event.created_at.timestamp()} {event.message}")),
            "message": event.message,
            "createdAt": event.created_at,
        }
        for event in (observation.events if observation is not None else ())
    ]

"""The deployments of an ECS service, also the ended ones, in the form of ListServiceDeployments. No I/O.

moto 5.2.5 has neither service deployments nor service revisions. Each deployment here has a service revision of its own
with the same number. Field meanings:
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeploymentBrief.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from colonnade_sandbox.control_plane.observations import Deployment, ServiceObservation


def service_deployments(service_arn: str, observation: ServiceObservation | None) -> list[dict[str, Any]]:
    """Return the service's deployments, the newest first; the circuit breaker's own are part of the failed one."""
    found = sorted(_deployments(observation), key=lambda deployment: deployment.created_at, reverse=True)
    primary = next((each for each in found if each.status == "PRIMARY"), None)
    return [_listed(service_arn, each, primary) for each in found if primary is not None and not each.rolls_back]


def service_revisions(services: Mapping[str, ServiceObservation]) -> dict[str, dict[str, Any]]:
    """Return the revisions of all services in the form of DescribeServiceRevisions, by their ARN."""
    return {
        _arn(service_arn, "service-revision", each): {
            "serviceRevisionArn": _arn(service_arn, "service-revision", each),
            "serviceArn": service_arn,
            "clusterArn": _cluster_arn(service_arn),
            "taskDefinition": each.task_definition_arn,
            "createdAt": each.created_at,
        }
        for service_arn, observation in services.items()
        for each in _deployments(observation)
    }


def _deployments(observation: ServiceObservation | None) -> tuple[Deployment, ...]:
    return (*observation.deployments, *observation.ended_deployments) if observation is not None else ()


def _listed(service_arn: str, deployment: Deployment, primary: Deployment) -> dict[str, Any]:
    status = _status(deployment, primary)
    listed = {
        "serviceDeploymentArn": _arn(service_arn, "service-deployment", deployment),
        "serviceArn": service_arn,
        "clusterArn": _cluster_arn(service_arn),
        "createdAt": deployment.created_at,
        "startedAt": deployment.created_at,
        "targetServiceRevisionArn": _arn(service_arn, "service-revision", deployment),
        "status": status,
        "statusReason": deployment.rollout_state_reason,
    }
    return listed if status.endswith("IN_PROGRESS") else {**listed, "finishedAt": deployment.updated_at}


def _status(deployment: Deployment, primary: Deployment) -> str:
    """Return the status. A deployment that another one has replaced was stopped, as was one that failed for good."""
    if deployment.rollout_state == "COMPLETED":
        return "SUCCESSFUL"
    if deployment.rollout_state == "IN_PROGRESS":
        return "IN_PROGRESS" if deployment.id == primary.id else "STOPPED"
    if deployment.id == primary.id:
        return "STOPPED"
    return "ROLLBACK_IN_PROGRESS" if primary.rollout_state == "IN_PROGRESS" else "ROLLBACK_SUCCESSFUL"


def _arn(service_arn: str, kind: str, deployment: Deployment) -> str:
    return f"{service_arn.replace(':service/', f':{kind}/')}/{deployment.id.rpartition('/')[2]}"


def _cluster_arn(service_arn: str) -> str:
    return service_arn.replace(":service/", ":cluster/").rpartition("/")[0]

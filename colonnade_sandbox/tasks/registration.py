"""Registration of tasks, as ECS does it: in target groups (RegisterTargets) and in Cloud Map (RegisterInstance).

The module also contains the only call that changes an ECS service: the rollback to a former task definition.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from colonnade_sandbox.control_plane.observations import HealthStatus
from colonnade_sandbox.control_plane.snapshot import EcsService, Snapshot, Target
from colonnade_sandbox.tasks.deployment_state import Revision

_API_ERRORS = (BotoCoreError, ClientError)


class AwsClients(Protocol):
    """The boto3 clients that the scheduler uses; `colonnade_sandbox.control_plane.clients` provides them."""

    @property
    def elbv2(self) -> Any: ...
    @property
    def servicediscovery(self) -> Any: ...
    @property
    def ecs(self) -> Any: ...


class RegistrationError(Exception):
    """An error of the API at a registration, with the API's message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registrant:
    """The values with which a task is registered."""

    task_id: str
    address: str
    service_name: str
    revision: Revision


class Registrar:
    """The calls that register and deregister tasks."""

    def __init__(self, aws: AwsClients) -> None:
        self._aws = aws

    def register(self, task: Registrant, snapshot: Snapshot) -> None:
        """Register the task in all its target groups and discovery services.

        Raises RegistrationError.
        """
        try:
            for load_balancer in task.revision.load_balancers:
                target = {"Id": task.address, "Port": load_balancer.container_port}
                self._aws.elbv2.register_targets(TargetGroupArn=load_balancer.target_group_arn, Targets=[target])
            for service_id in _discovery_ids(task.revision, snapshot):
                self._aws.servicediscovery.register_instance(
                    ServiceId=service_id, InstanceId=task.task_id, Attributes=_attributes(task)
                )
        except _API_ERRORS as error:
            raise RegistrationError(str(error)) from error

    def report_health(self, task: Registrant, health: HealthStatus, snapshot: Snapshot) -> None:
        """Report the health of the task's containers to its discovery services; UNKNOWN counts as UNHEALTHY.

        API errors are ignored, because a deleted discovery service resolves to no addresses.
        """
        status = "HEALTHY" if health == "HEALTHY" else "UNHEALTHY"
        for service_id in _discovery_ids(task.revision, snapshot):
            with contextlib.suppress(*_API_ERRORS):
                self._aws.servicediscovery.update_instance_custom_health_status(
                    ServiceId=service_id, InstanceId=task.task_id, Status=status
                )

    def deregister(self, task: Registrant, snapshot: Snapshot) -> None:
        """Deregister the task everywhere, discovery services first.

        API errors are ignored: a deleted target group or discovery service has no registrations.
        """
        for service_id in _discovery_ids(task.revision, snapshot):
            with contextlib.suppress(*_API_ERRORS):
                self._aws.servicediscovery.deregister_instance(ServiceId=service_id, InstanceId=task.task_id)
        for load_balancer in task.revision.load_balancers:
            target = {"Id": task.address, "Port": load_balancer.container_port}
            with contextlib.suppress(*_API_ERRORS):
                self._aws.elbv2.deregister_targets(TargetGroupArn=load_balancer.target_group_arn, Targets=[target])

    def roll_back(self, service: EcsService, task_definition_arn: str) -> None:
        """Update the service to that task definition.

        API errors are ignored: `rollout` repeats the request until the API reports that task definition.
        """
        with contextlib.suppress(*_API_ERRORS):
            self._aws.ecs.update_service(
                cluster=service.cluster_arn, service=service.name, taskDefinition=task_definition_arn
            )


def is_registered(task: Registrant, snapshot: Snapshot) -> bool:
    """Return True if the API still lists the task as a target."""
    return any(
        Target(address=task.address, port=each.container_port) in snapshot.target_groups[each.target_group_arn].targets
        for each in task.revision.load_balancers
        if each.target_group_arn in snapshot.target_groups
    )


def _discovery_ids(revision: Revision, snapshot: Snapshot) -> list[str]:
    return [each.id for each in snapshot.discovery_services if each.arn in revision.discovery_service_arns]


def _attributes(task: Registrant) -> Mapping[str, str]:
    """Return the attributes that ECS sets.

    A task with container health checks is unhealthy until they pass. Without such checks, its name resolves to it at
    once:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-discovery.html and
    https://github.com/aws/containers-roadmap/issues/830
    """
    definition = task.revision.task_definition
    return {
        "AWS_INIT_HEALTH_STATUS": "UNHEALTHY" if definition.health_checks else "HEALTHY",
        "AWS_INSTANCE_IPV4": task.address,
        "ECS_SERVICE_NAME": task.service_name,
        "ECS_TASK_DEFINITION_FAMILY": definition.family,
    }

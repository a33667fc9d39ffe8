"""A new rollout of a deployed service: UpdateService -> the deployment that ECS has made -> wait until it is healthy.

ECS goes on with a rollout when the command ends, so an interruption only ends the wait.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console

from colonnade.apply.identity import aws_errors
from colonnade.apply.operation import say
from colonnade.model.errors import ConfigurationError, Problem
from colonnade.operate.services import DeployedService
from colonnade.operate.status import described_by_name
from colonnade.rollouts.applied import AppliedService
from colonnade.rollouts.status import described_services
from colonnade.rollouts.wait import wait_for_rollouts
from colonnade.terminal.progress import Progress

Pause = Callable[[float], None]

_SEEN_WITHIN_SECONDS, _POLL_SECONDS = 30.0, 0.5


def described(services: Sequence[DeployedService]) -> list[Mapping[str, Any]]:
    """Return ECS's description of each service; raises ConfigurationError for those that ECS does not have."""
    found = [_active(each) for each in services]
    problems = [
        Problem(
            subject=f"service {each.name!r}",
            message=f"ECS has no active service {each.service.physical_name!r} in cluster {each.cluster!r}",
            fix=f"apply it first; `colonnade status {each.deployment.name} -e {each.deployment.environment}` shows "
            "what exists",
        )
        for each, description in zip(services, found, strict=True)
        if description is None
    ]
    if problems:
        raise ConfigurationError(problems)
    return [each for each in found if each is not None]


def update(service: DeployedService, **changes: Any) -> AppliedService:
    """Update the service, and return it with the deployment that ECS has made of the update; raises AwsError."""
    with aws_errors():
        answer = service.aws.ecs.update_service(
            cluster=service.cluster, service=service.service.physical_name, **changes
        )["service"]
    primary = primary_deployment(answer)
    return AppliedService(
        arn=answer["serviceArn"],
        name=answer["serviceName"],
        cluster=answer["clusterArn"],
        task_definition=primary["taskDefinition"],
        limit_seconds=service.deployment.timing.steady_state_timeout_minutes * 60,
        deployment_id=primary["id"],
    )


def wait(services: Sequence[tuple[DeployedService, AppliedService]], *, pause: Pause = time.sleep) -> None:
    """Wait until the rollout of each updated service is completed and healthy; raises RolloutError or AwsError."""
    if not services:
        return
    progress = Progress(Console(stderr=True))
    with aws_errors(), _interruptible(services):
        for service, updated in services:
            _wait_until_seen(service, updated, pause)
        for aws in {id(service.aws): service.aws for service, _ in services}.values():
            wait_for_rollouts([updated for each, updated in services if each.aws is aws], aws, progress, pause=pause)


def primary_deployment(description: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the primary deployment, which ECS is rolling out or has completed."""
    primary: Mapping[str, Any] = next(each for each in description["deployments"] if each["status"] == "PRIMARY")
    return primary


def _active(service: DeployedService) -> Mapping[str, Any] | None:
    with aws_errors():
        found = described_by_name(service.cluster, [service.service.physical_name], service.aws)
    return (found if found is not None else {}).get(service.service.physical_name)


def _wait_until_seen(service: DeployedService, updated: AppliedService, pause: Pause) -> None:
    """Wait until DescribeServices, which may answer from before the update, lists the deployment."""
    for _ in range(round(_SEEN_WITHIN_SECONDS / _POLL_SECONDS)):
        (found,) = described_services(updated.cluster, [updated.arn], service.aws)
        if updated.deployment_id in [each["id"] for each in found["deployments"]]:
            return
        pause(_POLL_SECONDS)


@contextmanager
def _interruptible(services: Sequence[tuple[DeployedService, AppliedService]]) -> Iterator[None]:
    """At an interruption, print what ECS does from then on."""
    try:
        yield
    except KeyboardInterrupt:
        deployment = services[0][0].deployment
        names = ", ".join(each.service.name for each, _ in services)
        show = f"colonnade status {deployment.name} -e {deployment.environment}"
        say(f"ECS goes on with the rollout of {names}; `{show}` shows it")
        raise

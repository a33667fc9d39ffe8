"""The reasons of an incomplete rollout: a service, its stopped tasks -> last event, stopped reasons, exit codes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from colonnade.rollouts.applied import AppliedService
from colonnade.rollouts.status import Clients, Rollout, read_rollouts

_SHOWN_REASONS = 3


def reasons(rollout: Rollout, problem: str, aws: Clients) -> str:
    """Return the problem of a service as text, with the service's last event and the reasons why its tasks stopped."""
    return _text(rollout, problem, _stopped(rollout, aws))


def reasons_after_failed_apply(services: Sequence[AppliedService], aws: Clients) -> str:
    """Return the reasons of each service that is not completed or was rolled back; empty if there is none.

    Terraform prints neither events nor stopped reasons when its own wait or the postcondition of a service fails.
    """
    return "\n".join(
        _text(rollout, problem, stopped)
        for rollout in read_rollouts(services, aws)
        for stopped in [_stopped(rollout, aws)]
        if (problem := _problem(rollout, stopped))
    )


def _problem(rollout: Rollout, stopped: Sequence[Mapping[str, Any]]) -> str:
    if rollout.failure:
        return rollout.failure
    if not rollout.completed:
        return f"its rollout is not completed: {rollout.progress}"
    # After a rollback, the state has the task definition that ECS runs again. The failed task definition has a later
    # revision.
    failed = {task["taskDefinitionArn"] for task in stopped} - {rollout.service.task_definition}
    return f"its rollout was rolled back from {', '.join(sorted(failed))}" if failed else ""


def _text(rollout: Rollout, problem: str, stopped: Sequence[Mapping[str, Any]]) -> str:
    found = Counter(map(_reason, stopped)).most_common(_SHOWN_REASONS)
    return "\n".join(
        [
            f"service {rollout.service.name!r}: {problem}",
            *([f"    last event: {rollout.last_event}"] if rollout.last_event else []),
            *(f"    {count} task{'' if count == 1 else 's'} stopped: {reason}" for reason, count in found),
            "    its tasks' logs have more; correct the cause, then apply again",
        ]
    )


def _stopped(rollout: Rollout, aws: Clients) -> tuple[Mapping[str, Any], ...]:
    """Return the stopped tasks of the deployment, or of the applied task definition or a later revision.

    ECS lists a stopped task for an hour. ListTasks fails for a service that does not exist:
    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ListTasks.html
    """
    service = rollout.service
    if not rollout.exists:
        return ()
    tasks = aws.ecs.list_tasks(cluster=service.cluster, serviceName=service.name, desiredStatus="STOPPED")["taskArns"]
    if not tasks:
        return ()
    found = aws.ecs.describe_tasks(cluster=service.cluster, tasks=tasks)["tasks"]
    if service.deployment_id is not None:
        return tuple(task for task in found if task["startedBy"] == service.deployment_id)
    applied = _revision(service.task_definition)
    return tuple(task for task in found if _revision(task["taskDefinitionArn"]) >= applied)


def _revision(task_definition: str) -> int:
    return int(task_definition.rpartition(":")[2])


def _reason(task: Mapping[str, Any]) -> str:
    """Return the reason of a stopped task, with the exit codes of its containers and ECS's reasons for them."""
    return "; ".join([task.get("stoppedReason", "ECS gives no reason"), *_ends(task)])


def _ends(task: Mapping[str, Any]) -> Iterator[str]:
    for container in task["containers"]:
        if "exitCode" in container:
            yield f"container {container['name']!r} exited with {container['exitCode']}"
        if container.get("reason"):
            yield container["reason"]

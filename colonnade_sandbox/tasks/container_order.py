"""The order in which the containers of a task start and stop, from their `dependsOn`. No I/O.

Conditions and their messages are those of the ECS agent:
https://github.com/aws/amazon-ecs-agent/blob/master/agent/engine/dependencygraph/graph.go
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from colonnade_sandbox.control_plane.observations import HealthStatus
from colonnade_sandbox.control_plane.snapshot import Container, ContainerDependency

NEVER_STARTED_EXIT_CODE = 143
"""The exit code that ECS reports for a container whose dependencies can never be met; it never ran.

https://github.com/aws/amazon-ecs-agent/pull/3218
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerView:
    """The state of a container at one moment."""

    definition: Container
    status: Literal["PENDING", "RUNNING", "STOPPED"]
    health: HealthStatus = "UNKNOWN"
    exit_code: int | None = None
    running_for_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockedContainer:
    """The dependency of a container that can never be met, so that the container never starts."""

    dependency: Container
    reason: str
    """The reason in the words of ECS."""


def may_start(container: Container, others: Mapping[str, ContainerView]) -> bool:
    """Return True if every dependency of the container is met; `others` are the task's containers by name."""
    return all(_is_met(each, others[each.container_name]) for each in container.depends_on)


def blocked(container: Container, others: Mapping[str, ContainerView]) -> BlockedContainer | None:
    """Return the first dependency that can never be met, or None. An UNHEALTHY container may still become healthy."""
    for each in container.depends_on:
        view = others[each.container_name]
        if _is_met(each, view):
            continue
        pair = f"container ordering dependency [{_state(view)}] for target [{_target(container)}]"
        if view.status == "STOPPED":
            return BlockedContainer(
                dependency=view.definition,
                reason=f"dependency graph: failed to resolve {pair} as dependency did not exit successfully.",
            )
        limit = view.definition.start_timeout_seconds
        if limit is not None and view.status == "RUNNING" and view.running_for_seconds > limit:
            return BlockedContainer(dependency=view.definition, reason=f"dependency graph: {pair} has timed out.")
    return None


def may_stop(container: Container, others: Mapping[str, ContainerView]) -> bool:
    """Return True if every container that depends on this one has stopped."""
    return all(
        view.status == "STOPPED"
        for view in others.values()
        if any(each.container_name == container.name for each in view.definition.depends_on)
    )


def _is_met(dependency: ContainerDependency, view: ContainerView) -> bool:
    if dependency.condition == "START":
        return view.status == "RUNNING" or view.exit_code is not None
    if dependency.condition == "HEALTHY":
        return view.status == "RUNNING" and view.health == "HEALTHY"
    ended = view.status == "STOPPED" and view.exit_code is not None
    return ended and (dependency.condition == "COMPLETE" or view.exit_code == 0)


def _state(view: ContainerView) -> str:
    text = f"{view.definition.name}({view.definition.image}) ({view.status}->RUNNING)"
    return f"{text} - Exit: {view.exit_code}" if view.exit_code is not None else text


def _target(container: Container) -> str:
    return f"{container.name}({container.image}) (NONE->RUNNING)"

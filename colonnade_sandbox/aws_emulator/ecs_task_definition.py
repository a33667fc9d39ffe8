"""The refusals of RegisterTaskDefinition that moto 5.2.5 lacks: an order of containers that ECS cannot follow. No I/O.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any


def order_problem(containers: Sequence[Mapping[str, Any]]) -> str | None:
    """Return the reason why ECS refuses the `dependsOn` of these container definitions; None if it accepts them."""
    by_name = {container["name"]: container for container in containers}
    if not any(container.get("essential", True) for container in containers):
        return "At least one container in a task definition must be essential."
    problem = next((each for container in containers for each in _problems(container, by_name)), None)
    if problem is not None:
        return problem
    order = TopologicalSorter({name: _dependencies(each) for name, each in by_name.items()})
    try:
        order.prepare()
    except CycleError as error:
        return f"The container dependencies form a cycle: {' -> '.join(error.args[1])}"
    return None


def _problems(container: Mapping[str, Any], by_name: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for dependency in container.get("dependsOn", []):
        name, condition = dependency["containerName"], dependency["condition"]
        if name not in by_name:
            yield f"Container {container['name']} depends on {name}, which is not in the task definition."
        elif condition in ("SUCCESS", "COMPLETE") and by_name[name].get("essential", True):
            yield "A dependency container with SUCCESS or COMPLETE condition cannot be an essential container"
        elif condition == "HEALTHY" and "healthCheck" not in by_name[name]:
            yield f"Container {name} has no health check, so that no container can wait until it is HEALTHY."


def _dependencies(container: Mapping[str, Any]) -> list[str]:
    return [dependency["containerName"] for dependency in container.get("dependsOn", [])]

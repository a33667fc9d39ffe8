"""RegisterTaskDefinition refuses containers whose order ECS cannot follow."""

from __future__ import annotations

from typing import Any

import pytest

from colonnade_sandbox.aws_emulator.ecs_task_definition import order_problem

CHECK = {"command": ["CMD", "check"]}


def container(name: str, *depends_on: str, **fields: Any) -> dict[str, Any]:
    """Return a container definition that depends on each 'CONTAINER CONDITION'."""
    pairs = [each.split() for each in depends_on]
    return {"name": name, "dependsOn": [{"containerName": each, "condition": kind} for each, kind in pairs], **fields}


@pytest.mark.parametrize(
    "containers",
    [
        [container("app")],
        [container("app", "init SUCCESS"), container("init", essential=False)],
        [container("app", "proxy HEALTHY"), container("proxy", healthCheck=CHECK)],
        [container("a", "b START", "c START"), container("b", "c START"), container("c")],
    ],
)
def test_an_order_that_ecs_can_follow_is_accepted(containers: list[dict[str, Any]]) -> None:
    assert order_problem(containers) is None


@pytest.mark.parametrize(
    ("containers", "reason"),
    [
        ([container("app", "init SUCCESS"), container("init")], "cannot be an essential container"),
        ([container("app", "init COMPLETE"), container("init", essential=True)], "cannot be an essential container"),
        ([container("app", "proxy HEALTHY"), container("proxy")], "proxy has no health check"),
        ([container("app", "prxy START"), container("proxy")], "app depends on prxy"),
        ([container("a", "b START"), container("b", "a START")], "form a cycle"),
        ([container("app", essential=False)], "At least one container"),
    ],
)
def test_an_impossible_order_is_refused_with_its_reason(containers: list[dict[str, Any]], reason: str) -> None:
    assert reason in str(order_problem(containers))

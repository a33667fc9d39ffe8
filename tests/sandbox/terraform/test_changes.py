"""The lines about a plan: each changed resource by group, and only the attributes that change."""

from __future__ import annotations

import json
from typing import Any

from colonnade_sandbox.terraform.changes import change_lines


def _change(address: str, actions: list[str], before: Any = None, after: Any = None, **marks: Any) -> dict[str, Any]:
    change = {"actions": actions, "before": before, "after": after, **marks}
    return {"address": address, "mode": "managed", "change": change}


def _containers(level: str, port: int) -> str:
    variables = [{"name": "LOG_LEVEL", "value": level}, {"name": "PORT", "value": "80"}]
    return json.dumps([{"name": "app", "environment": variables, "portMappings": [{"containerPort": port}]}])


def test_a_setting_is_one_line_below_its_resource() -> None:
    task = _change(
        "aws_ecs_task_definition.orders",
        ["delete", "create"],
        {"arn": "task:1", "container_definitions": _containers("info", 80), "tags_all": {"A": "1"}},
        {"container_definitions": _containers("debug", 80), "tags_all": {"A": "2"}},
        after_unknown={"arn": True},
    )
    service = _change(
        "aws_ecs_service.orders",
        ["update"],
        {"desired_count": 2, "task_definition": "task:1"},
        {"desired_count": 3},
        after_unknown={"task_definition": True},
    )
    same = _change("aws_lb.this", ["no-op"], {"name": "a"}, {"name": "a"})
    read = {**_change("data.aws_vpc.this", ["read"]), "mode": "data"}
    assert change_lines({"resource_changes": [task, service, same, read]}) == [
        "  ECS: change aws_ecs_service.orders",
        "      desired_count 2 -> 3",
        "  ECS: replace aws_ecs_task_definition.orders",
        '      container_definitions.app.environment.LOG_LEVEL "info" -> "debug"',
    ]


def test_creations_and_deletions_are_one_line_each_by_group() -> None:
    plan = {
        "resource_changes": [
            _change("aws_vpc.this", ["delete"], {"id": "vpc"}),
            _change("aws_ecs_service.orders", ["create"], None, {"name": "orders"}),
        ]
    }
    assert change_lines(plan) == ["  ECS: create aws_ecs_service.orders", "  network: destroy aws_vpc.this"]


def test_a_sensitive_value_is_not_printed() -> None:
    change = _change(
        "aws_ssm_parameter.key", ["update"], {"value": "a"}, {"value": "b"}, after_sensitive={"value": True}
    )
    assert change_lines({"resource_changes": [change]})[1:] == ["      value changes (sensitive)"]


def test_long_plans_and_long_values_are_shortened() -> None:
    many = [_change(f"aws_subnet.n{number:02}", ["create"]) for number in range(15)]
    assert change_lines({"resource_changes": many})[-1] == "  and 3 more"
    long = _change("aws_vpc.this", ["update"], {"name": "a" * 100}, {"name": "b"})
    assert change_lines({"resource_changes": [long]})[1].endswith(' ... -> "b"')


def test_no_change_has_no_line() -> None:
    assert change_lines({}) == []

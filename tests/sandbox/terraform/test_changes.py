"""The lines about a plan: each changed resource by group, and only the attributes that change."""

from __future__ import annotations

import json
from typing import Any

from colonnade_sandbox.terraform.changes import change_lines
from colonnade_sandbox.terraform.events import PlannedChange


def _document(*, level: str = "info", count: int = 2, name: str = "a") -> dict[str, Any]:
    variables = [{"name": "LOG_LEVEL", "value": level}, {"name": "PORT", "value": "80"}]
    containers = json.dumps([{"name": "app", "environment": variables, "portMappings": [{"containerPort": 80}]}])
    return {
        "resource": {
            "aws_ecs_task_definition": {"orders": {"//": {"path": level}, "container_definitions": containers}},
            "aws_ecs_service": {"orders": {"desired_count": count, "task_definition": "${aws_ecs_task_definition}"}},
            "aws_vpc": {"this": {"tags": {"Name": name}}},
        }
    }


def _changed(address: str, action: str = "update") -> PlannedChange:
    return PlannedChange(address=address, action=action)


def test_a_setting_is_one_line_below_its_resource() -> None:
    changes = [_changed("aws_ecs_task_definition.orders", "replace"), _changed("aws_ecs_service.orders")]
    assert change_lines(changes, _document(), _document(level="debug", count=3)) == [
        "  ECS: update aws_ecs_service.orders",
        "      desired_count 2 -> 3",
        "  ECS: replace aws_ecs_task_definition.orders",
        '      container_definitions.app.environment.LOG_LEVEL "info" -> "debug"',
    ]


def test_creations_and_deletions_are_one_line_each_by_group() -> None:
    changes = [_changed("aws_vpc.this", "delete"), _changed("aws_ecs_service.new", "create")]
    assert change_lines(changes, _document(), {}) == [
        "  ECS: create aws_ecs_service.new",
        "  network: delete aws_vpc.this",
    ]


def test_a_resource_of_a_terraform_file_has_no_attributes() -> None:
    assert change_lines([_changed("aws_s3_bucket.own[0]")], _document(), _document()) == [
        "  S3: update aws_s3_bucket.own[0]"
    ]


def test_long_plans_and_long_values_are_shortened() -> None:
    many = [_changed(f"aws_subnet.n{number:02}", "create") for number in range(15)]
    assert change_lines(many, {}, {})[-1] == "  and 3 more"
    assert change_lines([_changed("aws_vpc.this")], _document(name="a" * 100), _document())[1].endswith(' ... -> "a"')


def test_no_change_has_no_line() -> None:
    assert change_lines([], _document(), _document()) == []

"""Apply and wait follow the ECS services in Terraform's state, in an account in which no task ever starts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from colonnade.apply import command
from tests.support.small_project import RecordedAws, SmallProject, no_question

pytestmark = [pytest.mark.terraform, pytest.mark.usefixtures("state_bucket")]

_STACK = "shop"


def _resources(*, desired_count: int) -> dict[str, Any]:
    """Return an ECS service for which Terraform does not wait, as a first deployment on AWS with provider 5."""
    container = {"name": "app", "image": "app:1", "essential": True}
    return {
        "aws_ecs_cluster": {"shop": {"name": "shop"}},
        "aws_ecs_task_definition": {
            "shop": {"family": "shop", "memory": "512", "container_definitions": json.dumps([container])}
        },
        "aws_ecs_service": {
            "shop": {
                "name": "orders",
                "cluster": "${aws_ecs_cluster.shop.id}",
                "task_definition": "${aws_ecs_task_definition.shop.arn}",
                "desired_count": desired_count,
                "timeouts": {"create": "3s"},
            }
        },
    }


def test_apply_and_wait_fail_while_a_service_of_the_state_runs_no_healthy_task(
    project: SmallProject, aws: RecordedAws, capfd: pytest.CaptureFixture[str]
) -> None:
    project.write(_STACK, _resources(desired_count=2))
    assert command.apply(_STACK, "dev", yes=True) == 1
    captured = capfd.readouterr()
    assert "Apply complete! Resources: 3 added" in captured.out
    late = "service 'orders': its rollout is not completed after 0 minutes: 0 of 2 tasks running\n"
    assert late in captured.err
    assert "`colonnade why SERVICE -e dev` names the cause" in captured.err
    assert command.apply(_STACK, "dev", ask=no_question) == 1  # nothing to change, and still not healthy
    assert late in capfd.readouterr().err
    assert command.wait(_STACK, "dev") == 1
    assert late in capfd.readouterr().err
    assert "ecs DescribeServices" in aws.calls()


def test_a_stack_without_services_is_not_waited_for(project: SmallProject, aws: RecordedAws) -> None:
    project.write("board", {"terraform_data": {"one": {"input": 1}}})
    assert command.apply("board", "dev", yes=True) == 0
    assert command.wait("board", "dev") == 0
    assert [call for call in aws.calls() if call.startswith("ecs")] == []


def test_an_apply_that_terraform_fails_says_what_ecs_says_of_its_services(
    project: SmallProject, capfd: pytest.CaptureFixture[str]
) -> None:
    resources = _resources(desired_count=2)
    resources["aws_ecs_service"]["shop"] |= {"name": "users", "wait_for_steady_state": True}
    project.write(_STACK, resources)
    assert command.apply(_STACK, "dev", yes=True) == 1
    captured = capfd.readouterr().err
    assert "waiting for ECS Service" in captured
    assert "service 'users': its rollout is not completed: 0 of 2 tasks running\n" in captured


def test_a_failed_apply_of_a_stack_without_services_says_nothing_more(
    project: SmallProject, aws: RecordedAws, capfd: pytest.CaptureFixture[str]
) -> None:
    fails = {"input": 1, "lifecycle": {"postcondition": {"condition": "${self.input == 2}", "error_message": "No."}}}
    project.write("board", {"terraform_data": {"one": fails}})
    assert command.apply("board", "dev", yes=True) == 1
    assert "rollout" not in capfd.readouterr().err
    assert [call for call in aws.calls() if call.startswith("ecs")] == []

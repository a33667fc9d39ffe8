"""Tests of roles: the execution role may pull one image and write to one log group, the task role what is declared."""

from __future__ import annotations

import pytest

from colonnade.model.deployment.declaration import Deployment
from colonnade.model.service.declaration import Service
from tests.support.project import SERVICES as DEPLOYMENT
from tests.support.synth import every_service, synthesized

pytestmark = pytest.mark.synth


@pytest.mark.parametrize("service", [service.name for service in DEPLOYMENT.services])
def test_the_execution_role_pulls_from_its_own_repository_and_writes_to_its_own_log_group(service: str) -> None:
    stack = synthesized("dev")["services"]
    policy = stack.only("aws_iam_role_policy", f"{service}_service_")
    allowed = {tuple(statement["Action"]): statement["Resource"] for statement in policy["policy"]["Statement"]}
    assert allowed == {
        ("ecr:GetAuthorizationToken",): ["*"],
        ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"): [
            f"arn:aws:ecr:eu-west-1:111122223333:repository/colonnade-dev-{service}"
        ],
        ("logs:CreateLogStream", "logs:PutLogEvents"): [
            f"${{{stack.address('aws_cloudwatch_log_group', f'{service}_service_')}.arn}}:*"
        ],
    }
    execution_role = stack.address("aws_iam_role", f"{service}_service_roles_execution_")
    assert policy["role"] == f"${{{execution_role}.name}}"


@pytest.mark.parametrize("service", ["product-svc", "user-svc"])
def test_the_execution_role_of_a_public_image_only_writes_to_its_own_log_group(service: str) -> None:
    stack = synthesized("dev")["product_user"]
    (statement,) = stack.only("aws_iam_role_policy", f"{service}_service_")["policy"]["Statement"]
    assert statement["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    assert statement["Resource"] == [f"${{{stack.address('aws_cloudwatch_log_group', f'{service}_service_')}.arn}}:*"]


@every_service
def test_the_task_role_is_its_own_and_allows_what_is_declared(deployment: Deployment, service: Service) -> None:
    stack = synthesized("dev")[deployment.name]
    task_role = stack.address("aws_iam_role", f"{service.name}_service_roles_task_")
    definition = stack.only("aws_ecs_task_definition", f"{service.name}_service_")
    assert definition["task_role_arn"] == f"${{{task_role}.arn}}"
    policies = [body for body in stack.resources("aws_iam_role_policy").values() if task_role in body["role"]]
    allowed = [tuple(each["Action"]) for policy in policies for each in policy["policy"]["Statement"]]
    assert allowed == [allow.actions for allow in service.permissions]
    assert stack.resources("aws_iam_role_policy_attachment") == {}
    assert "inline_policy" not in stack.body(task_role)


@every_service
def test_only_ecs_of_its_own_account_may_assume_a_role(deployment: Deployment, service: Service) -> None:
    stack = synthesized("dev")[deployment.name]
    for role in ("execution", "task"):
        trust = stack.only("aws_iam_role", f"{service.name}_service_roles_{role}_")["assume_role_policy"]
        (statement,) = trust["Statement"]
        assert statement["Principal"] == {"Service": "ecs-tasks.amazonaws.com"}
        assert statement["Action"] == ["sts:AssumeRole"]
        assert statement["Condition"] == {
            "ArnLike": {"aws:SourceArn": "arn:aws:ecs:eu-west-1:111122223333:*"},
            "StringEquals": {"aws:SourceAccount": "111122223333"},
        }

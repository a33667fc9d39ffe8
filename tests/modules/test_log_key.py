"""Tests of the key of a deployment's logs: its policy, and its use by every log group."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.support.project import PROJECT, SERVICES
from tests.support.synth import DEPLOYMENT_NAMES, synthesize, synthesized

pytestmark = pytest.mark.synth


@pytest.mark.parametrize("deployment", DEPLOYMENT_NAMES)
def test_every_log_group_is_encrypted_with_it(deployment: str) -> None:
    stack = synthesized("prod")[deployment]
    key = stack.address("aws_kms_key")
    groups = stack.resources("aws_cloudwatch_log_group").values()
    assert len(groups) == len(stack.resources("aws_ecs_service")) + 2  # flow logs and Container Insights
    assert {group["kms_key_id"] for group in groups} == {f"${{{key}.arn}}"}


@pytest.mark.parametrize("deployment", DEPLOYMENT_NAMES)
def test_cloudwatch_may_use_it_only_for_the_log_groups_of_the_deployment(deployment: str) -> None:
    stack = synthesized("prod")[deployment]
    _, cloudwatch = stack.only("aws_kms_key")["policy"]["Statement"]
    assert cloudwatch["Principal"] == {"Service": "logs.eu-west-1.amazonaws.com"}
    assert cloudwatch["Action"] == [
        f"kms:{action}" for action in ("Encrypt", "Decrypt", "ReEncrypt*", "GenerateDataKey*", "Describe*")
    ]
    allowed = cloudwatch["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
    start = "arn:aws:logs:eu-west-1:444455556666:log-group:"
    title = deployment.replace("_", "-")
    insights = f"/aws/ecs/containerinsights/colonnade-prod-{title}-cluster/performance"
    assert allowed == [f"{start}/colonnade/prod/{title}/*", f"{start}{insights}"]
    names = {group["name"] for group in stack.resources("aws_cloudwatch_log_group").values()}
    assert [name for name in names - {insights} if not f"{start}{name}".startswith(allowed[0][:-1])] == []
    assert insights in names


@pytest.mark.parametrize(("deletion_protection", "kept"), [(True, [True] * 5), (False, [None] * 5)])
def test_with_deletion_protection_logs_outlive_a_removed_service(deletion_protection: bool, kept: list[Any]) -> None:
    prod = PROJECT.environment("prod")
    protection = replace(prod.protection, deletion_protection=deletion_protection)
    stack = synthesize(replace(prod, protection=protection), SERVICES)["services"]
    groups = stack.resources("aws_cloudwatch_log_group").values()
    assert [group.get("skip_destroy") for group in groups] == kept


@pytest.mark.parametrize(("deletion_protection", "lifecycle"), [(True, {"prevent_destroy": True}), (False, None)])
def test_with_deletion_protection_terraform_does_not_destroy_the_key_with_the_deployment(
    deletion_protection: bool, lifecycle: Any
) -> None:
    prod = PROJECT.environment("prod")
    protection = replace(prod.protection, deletion_protection=deletion_protection)
    stack = synthesize(replace(prod, protection=protection), SERVICES)["services"]
    assert stack.only("aws_kms_key").get("lifecycle") == lifecycle


def test_the_account_can_always_change_it_and_it_is_rotated() -> None:
    key = synthesized("prod")["services"].only("aws_kms_key")
    account = key["policy"]["Statement"][0]
    assert account["Principal"] == {"AWS": "arn:aws:iam::444455556666:root"}
    assert account["Action"] == ["kms:*"]
    assert key["enable_key_rotation"] is True


def test_it_has_an_alias() -> None:
    stack = synthesized("prod")["message_board"]
    alias = stack.only("aws_kms_alias")
    assert alias["name"] == "alias/colonnade-prod-message-board-logs"
    assert alias["target_key_id"] == f"${{{stack.address('aws_kms_key')}.key_id}}"


@pytest.mark.parametrize("environment", ["sandbox", "dev"])
def test_without_a_log_key_logs_have_the_default_encryption(environment: str) -> None:
    stack = synthesized(environment)["services"]
    assert stack.resources("aws_kms_key") == {}
    assert all("kms_key_id" not in group for group in stack.resources("aws_cloudwatch_log_group").values())

"""Claims about plans that expose a new resource, or take keys and data away, each with the rule that must find it."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from tests.support.plan_cases import (
    OTHER,
    Entry,
    created,
    destroyed,
    edited,
    is_found,
    policy,
    tasks,
)
from tests.support.plan_documents import change

CASES: Mapping[str, tuple[str, list[Entry]]] = {
    # exposure of created resources
    "public ACL": ("made-public", [created("aws_s3_bucket_acl", acl="public-read")]),
    "public ACL, sensitive": (
        "made-public",
        [change("aws_s3_bucket_acl.a", None, {"acl": "public-read"}, sensitive={"acl": True})],
    ),
    "public access block opened": (
        "protection-removed",
        [edited("aws_s3_bucket_public_access_block.a", {"block_public_acls": True}, {"block_public_acls": False})],
    ),
    "public access block destroyed": ("protection-removed", [destroyed("aws_s3_bucket_public_access_block")]),
    "public database": ("made-public", [created("aws_db_instance", publicly_accessible=True, storage_encrypted=False)]),
    "public address of tasks": (
        "made-public",
        [created("aws_ecs_service", network_configuration=[{"assign_public_ip": True}])],
    ),
    "exec": ("exec-enabled", [created("aws_ecs_service", enable_execute_command=True)]),
    "privileged container": ("tasks-privileged", [tasks(None, {"privileged": True})]),
    "more capabilities": (
        "tasks-privileged",
        [tasks({}, {"linuxParameters": {"capabilities": {"add": ["SYS_ADMIN"]}}})],
    ),
    "host's processes": ("tasks-privileged", [tasks({}, {}, pid_mode="host")]),
    "no more logs": ("logging-removed", [tasks({}, {"logConfiguration": None})]),
    "repository keeps one image": (
        "images-expire",
        [
            created(
                "aws_ecr_lifecycle_policy",
                policy=json.dumps(
                    {
                        "rules": [
                            {"selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 1}}
                        ]
                    }
                ),
            )
        ],
    ),
    "logs to another account": (
        "account-added",
        [
            *policy("aws_x"),
            created(
                "aws_cloudwatch_log_subscription_filter",
                destination_arn=f"arn:aws:logs:eu-west-1:{OTHER}:destination:a",
            ),
        ],
    ),
    # keys and data
    "key disabled": ("key-disabled", [edited("aws_kms_key.a", {"is_enabled": True}, {"is_enabled": False})]),
    "versioning suspended": (
        "backups-reduced",
        [
            edited(
                "aws_s3_bucket_versioning.a",
                {"versioning_configuration": [{"status": "Enabled"}]},
                {"versioning_configuration": [{"status": "Suspended"}]},
            )
        ],
    ),
    "logs for a shorter time": (
        "logging-removed",
        [edited("aws_cloudwatch_log_group.a", {"retention_in_days": 0}, {"retention_in_days": 7})],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_harmful_plan_is_blocked_by_its_rule(case: str) -> None:
    assert is_found(*CASES[case])

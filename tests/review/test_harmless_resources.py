"""Claims about plans that change data, protections and web ACLs without harm, one by one."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from tests.support.plan_cases import Entry, blocked, created, destroyed, edited
from tests.support.plan_documents import change

LIFECYCLE = "aws_s3_bucket_lifecycle_configuration"


def _lifecycle(before: list[Entry], after: list[Entry]) -> Entry:
    """Return the lifecycle of an existing bucket with other rules."""
    sides = ({"bucket": "a", "rule": [{"status": "Enabled", **each} for each in side]} for side in (before, after))
    return edited(f"{LIFECYCLE}.a", *sides)


def _web_rule(name: str, **action: list[Entry]) -> Entry:
    return {"name": name, "action": [action]}


CASES: Mapping[str, list[Entry]] = {
    # data and protection
    "tags": [edited("aws_db_instance.a", {"tags": {"a": "b"}}, {"tags": {"a": "c"}})],
    "description": [edited("aws_security_group_rule.a", {"description": "a"}, {"description": "b"})],
    "longer retention": [edited("aws_cloudwatch_log_group.a", {"retention_in_days": 30}, {"retention_in_days": 90})],
    "private database": [
        created(
            "aws_db_instance",
            publicly_accessible=False,
            storage_encrypted=True,
            deletion_protection=False,
            skip_final_snapshot=True,
        )
    ],
    "private bucket": [
        created("aws_s3_bucket_acl", acl="private"),
        created("aws_s3_bucket_public_access_block", block_public_acls=True, restrict_public_buckets=True),
    ],
    "repository that keeps fifty images": [
        created(
            "aws_ecr_lifecycle_policy",
            policy=json.dumps(
                {"rules": [{"selection": {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 50}}]}
            ),
        )
    ],
    "untagged images expire": [
        created(
            "aws_ecr_lifecycle_policy",
            policy=json.dumps(
                {
                    "rules": [
                        {"selection": {"tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": 1}}
                    ]
                }
            ),
        )
    ],
    "deposed object": [change("aws_db_instance.a", {"id": "x"}, None, deposed="0a1b2c3d")],
    "forgotten": [change("aws_db_instance.a", {"id": "x"}, None, actions=["forget"])],
    "moved": [change("aws_db_instance.b", *2 * [{"id": "x"}], previous_address="aws_db_instance.a")],
    "old revision": [destroyed("aws_ecs_task_definition")],
    "validation of a certificate": [destroyed("aws_route53_record", name="_a1b2.example.com")],
    # web ACLs
    "a new rule that blocks, and a group whose rules count at first": [
        edited(
            "aws_wafv2_web_acl.a",
            {"rule": [_web_rule("a", block=[{}])]},
            {
                "rule": [
                    _web_rule("a", block=[{}]),
                    _web_rule("b", block=[{}]),
                    {
                        "name": "c",
                        "statement": [{"managed_rule_group_statement": [{"excluded_rule": [{"name": "x"}]}]}],
                    },
                ]
            },
        )
    ],
    "a rule that allows stays": [
        edited(
            "aws_wafv2_web_acl.a",
            {"rule": [_web_rule("a", allow=[{}])], "description": "a"},
            {"rule": [_web_rule("a", allow=[{}])], "description": "b"},
        )
    ],
    # objects
    "objects expire later": [_lifecycle([{"expiration": [{"days": 30}]}], [{"expiration": [{"days": 365}]}])],
    "unfinished uploads expire": [
        _lifecycle(
            [{"transition": [{"days": 30}]}],
            [{"transition": [{"days": 30}]}, {"abort_incomplete_multipart_upload": [{"days_after_initiation": 3}]}],
        )
    ],
    "fewer objects expire": [
        _lifecycle(
            [{"expiration": [{"days": 5}]}],
            [{"expiration": [{"days": 5}], "filter": [{"and": [{"prefix": "tmp/", "tags": {"short": "yes"}}]}]}],
        )
    ],
    "the same rule with another id": [
        _lifecycle(
            [{"id": "a", "filter": [], "expiration": [{"days": 5, "date": None}]}],
            [{"id": "b", "filter": [{"prefix": "", "tag": []}], "expiration": [{"days": 5}]}],
        )
    ],
    "objects of a new bucket expire": [
        change("aws_s3_bucket.a", None, {"bucket": "a"}, unknown={"id": True}),
        change(
            f"{LIFECYCLE}.a",
            None,
            {"rule": [{"status": "Enabled", "expiration": [{"days": 5}]}]},
            unknown={"bucket": True},
            expressions={"bucket": {"references": ["aws_s3_bucket.a.id", "aws_s3_bucket.a"]}},
        ),
    ],
    "objects of a new bucket with the same name expire": [
        change("aws_s3_bucket.a", None, {"bucket": "a"}, unknown={"id": True}),
        change(f"{LIFECYCLE}.a", None, {"bucket": "a", "rule": [{"status": "Enabled", "expiration": [{"days": 5}]}]}),
    ],
    "a rule that is off": [_lifecycle([], [{"status": "Disabled", "expiration": [{"days": 5}]}])],
}


@pytest.mark.parametrize("case", CASES)
def test_harmless_plan_passes(case: str) -> None:
    assert blocked(CASES[case]) == []

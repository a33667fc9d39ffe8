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
    there,
)
from tests.support.plan_documents import change


def _lifecycle(before: list[Entry], after: list[Entry]) -> Entry:
    """Return the lifecycle of an existing bucket with other rules."""
    sides = ({"bucket": "a", "rule": [{"status": "Enabled", **each} for each in side]} for side in (before, after))
    return edited("aws_s3_bucket_lifecycle_configuration.a", *sides)


LIMIT = {"name": "limit", "action": [{"allow": [], "block": [{}], "count": []}]}
OFFICE = {"name": "office", "action": [{"allow": [{}], "block": [], "count": []}]}
COUNTED = {"name": "SQLi_BODY", "action_to_use": [{"allow": [], "block": [], "count": [{}]}]}


def _group(**more: object) -> Entry:
    """Return a rule with a managed group of rules."""
    group = {"name": "AWSManagedRulesSQLiRuleSet", "vendor_name": "AWS", **more}
    return {
        "name": "sql",
        "override_action": [{"none": [{}]}],
        "statement": [{"managed_rule_group_statement": [group]}],
    }


def _web_acl(before: list[Entry], after: list[Entry]) -> Entry:
    return edited("aws_wafv2_web_acl.a", {"rule": before}, {"rule": after})


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
    # protection that is an argument of another resource
    "objects get ACLs": (
        "protection-removed",
        [
            edited(
                "aws_s3_bucket_ownership_controls.a",
                {"rule": [{"object_ownership": "BucketOwnerEnforced"}]},
                {"rule": [{"object_ownership": "ObjectWriter"}]},
            )
        ],
    ),
    "open access point": (
        "protection-removed",
        [created("aws_s3_access_point", public_access_block_configuration=[{"block_public_policy": False}])],
    ),
    "new volumes without encryption": (
        "encryption-removed",
        [edited("aws_ebs_encryption_by_default.a", {"enabled": True}, {"enabled": False})],
    ),
    "file system without encryption on the way": (
        "encryption-removed",
        [
            edited(
                "aws_ecs_task_definition.a",
                *(
                    {"volume": [{"efs_volume_configuration": [{"transit_encryption": each}]}]}
                    for each in ("ENABLED", "DISABLED")
                ),
            )
        ],
    ),
    "parameter in plain text": (
        "encryption-removed",
        [edited("aws_ssm_parameter.a", {"type": "SecureString"}, {"type": "String"})],
    ),
    "public brokers": (
        "made-public",
        [
            edited(
                "aws_msk_cluster.a",
                *(
                    {"broker_node_group_info": [{"connectivity_info": [{"public_access": [{"type": each}]}]}]}
                    for each in ("DISABLED", "SERVICE_PROVIDED_EIPS")
                ),
            )
        ],
    ),
    "attachments of other accounts accepted unasked": (
        "protection-removed",
        [
            edited(
                "aws_ec2_transit_gateway.a",
                {"auto_accept_shared_attachments": "disable"},
                {"auto_accept_shared_attachments": "enable"},
            )
        ],
    ),
    "connections to an endpoint service accepted unasked": (
        "protection-removed",
        [edited("aws_vpc_endpoint_service.a", {"acceptance_required": True}, {"acceptance_required": False})],
    ),
    "messages without a dead-letter queue": (
        "protection-removed",
        [edited("aws_sqs_queue.a", {"redrive_policy": '{"maxReceiveCount":5}'}, {"redrive_policy": ""})],
    ),
    "dead-letter queue taken away": ("protection-removed", [destroyed("aws_sqs_queue_redrive_policy")]),
    "policy of an endpoint taken away": ("protection-removed", [destroyed("aws_vpc_endpoint_policy")]),
    "requests pass if the firewall fails": (
        "firewall-removed",
        [edited("aws_lb.a", {"enable_waf_fail_open": False}, {"enable_waf_fail_open": True})],
    ),
    "no metrics of containers": (
        "monitoring-removed",
        [
            edited(
                "aws_ecs_cluster.a",
                {"setting": [{"name": "containerInsights", "value": "enhanced"}]},
                {"setting": [{"name": "containerInsights", "value": "disabled"}]},
            )
        ],
    ),
    "requests allowed before the other rules": ("firewall-removed", [_web_acl([LIMIT], [OFFICE, LIMIT])]),
    "a rule of a group only counts": (
        "firewall-removed",
        [_web_acl([_group()], [_group(rule_action_override=[COUNTED])])],
    ),
    "a rule of a group is left out": (
        "firewall-removed",
        [_web_acl([_group()], [_group(excluded_rule=[{"name": "SQLi_BODY"}])])],
    ),
    # data
    "objects expire": ("data-expires", [_lifecycle([], [{"expiration": [{"days": 30}]}])]),
    "objects expire earlier": (
        "data-expires",
        [_lifecycle([{"expiration": [{"days": 30}]}], [{"expiration": [{"days": 3}]}])],
    ),
    "objects expire on a day": (
        "data-expires",
        [_lifecycle([{"expiration": [{"days": 30}]}], [{"expiration": [{"date": "2030-01-01T00:00:00Z"}]}])],
    ),
    "former versions of objects expire": (
        "data-expires",
        [
            _lifecycle(
                [{"expiration": [{"days": 30}]}],
                [{"expiration": [{"days": 30}], "noncurrent_version_expiration": [{"noncurrent_days": 1}]}],
            )
        ],
    ),
    "a rule that expires objects is switched on": (
        "data-expires",
        [
            _lifecycle(
                [{"status": "Disabled", "expiration": [{"days": 5}]}],
                [{"status": "Enabled", "expiration": [{"days": 5}]}],
            )
        ],
    ),
    "more objects expire": (
        "data-expires",
        [
            _lifecycle(
                [{"filter": [{"prefix": "tmp/"}], "expiration": [{"days": 5}]}],
                [{"filter": [{"prefix": ""}], "expiration": [{"days": 5}]}],
            )
        ],
    ),
    "objects of an existing bucket expire": (
        "data-expires",
        [
            there("aws_s3_bucket.a", id="a", bucket="a"),
            change(
                "aws_s3_bucket_lifecycle_configuration.a",
                None,
                {"bucket": "a", "rule": [{"status": "Enabled", "expiration": [{"days": 5}]}]},
            ),
        ],
    ),
    "items expire": (
        "data-expires",
        [
            edited(
                "aws_dynamodb_table.a",
                {"ttl": [{"enabled": False, "attribute_name": ""}]},
                {"ttl": [{"enabled": True, "attribute_name": "created"}]},
            )
        ],
    ),
    "replica of a table": (
        "backups-reduced",
        [edited("aws_dynamodb_table.a", {"replica": [{"region_name": "eu-central-1"}]}, {"replica": []})],
    ),
    "index of a table": (
        "data-destroyed",
        [
            edited(
                "aws_dynamodb_table.a",
                {"global_secondary_index": [{"name": "by-day"}, {"name": "by-user"}]},
                {"global_secondary_index": [{"name": "by-day"}]},
            )
        ],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_harmful_plan_is_blocked_by_its_rule(case: str) -> None:
    assert is_found(*CASES[case])

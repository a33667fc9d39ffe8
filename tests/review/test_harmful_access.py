"""Claims about plans that give access to more people, programs or accounts, each with the rule that must find it."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from tests.support.plan_cases import (
    OIDC,
    OTHER,
    OWN,
    SUB,
    Entry,
    created,
    destroyed,
    edited,
    is_found,
    policy,
    statement,
    trust,
)
from tests.support.plan_documents import change

LISTS = "aws_ec2_managed_prefix_list"
HALVES = [{"cidr": "0.0.0.0/1"}, {"cidr": "128.0.0.0/1"}]
OTHER_ROOT = {"AWS": f"arn:aws:iam::{OTHER}:root"}
AUD = "token.actions.githubusercontent.com:aud"
ROLES = f"arn:aws:iam::{OWN}:role/*"
QUEUE = f"arn:aws:sqs:eu-west-1:{OWN}:q"
SHOP = "arn:aws:s3:::shop/*"
CLOUDFRONT = {"Service": "cloudfront.amazonaws.com"}
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"

CASES: Mapping[str, tuple[str, list[Entry]]] = {
    # policies
    "every action": ("policy-widened", policy("aws_iam_role_policy", statement("*", "*"))),
    "every object by a short pattern": (
        "policy-widened",
        policy("aws_iam_role_policy", statement("s3:GetObject", "arn:aws:s3*")),
    ),
    "everything that begins with a letter": (
        "policy-widened",
        policy("aws_iam_role_policy", statement("s3:GetObject", "a*")),
    ),
    "sensitive attachment": (
        "policy-widened",
        [
            change(
                "aws_iam_role_policy_attachment.a",
                None,
                {"role": "a", "policy_arn": ADMINISTRATOR},
                sensitive={"policy_arn": True},
            )
        ],
    ),
    "sensitive attachments": (
        "policy-widened",
        [
            change(
                "aws_iam_role.a",
                {"managed_policy_arns": []},
                {"managed_policy_arns": [ADMINISTRATOR]},
                sensitive={"managed_policy_arns": [True]},
            )
        ],
    ),
    "sensitive policy": (
        "policy-widened",
        [
            change(
                "aws_iam_role_policy.a",
                None,
                {"policy": json.dumps({"Statement": [statement("*", "*")]})},
                sensitive={"policy": True},
            )
        ],
    ),
    "PassRole on every role": ("policy-widened", policy("aws_iam_role_policy", statement("iam:PassRole", ROLES))),
    "Put on every role": ("policy-widened", policy("aws_iam_role_policy", statement("iam:Put*", ROLES))),
    "Create on every role": ("policy-widened", policy("aws_iam_role_policy", statement("iam:Create*", ROLES))),
    "AssumeRole in every account": (
        "policy-widened",
        policy("aws_iam_role_policy", statement("sts:AssumeRole", "arn:aws:iam::*:role/deploy")),
    ),
    "every secret": (
        "policy-widened",
        policy(
            "aws_iam_role_policy",
            statement("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:eu-west-1:{OWN}:secret:*"),
        ),
    ),
    "managed_policy_arns": (
        "policy-widened",
        [edited("aws_iam_role.a", {"managed_policy_arns": []}, {"managed_policy_arns": [ADMINISTRATOR]})],
    ),
    "exclusive attachments": (
        "policy-widened",
        [created("aws_iam_role_policy_attachments_exclusive", policy_arns=[ADMINISTRATOR])],
    ),
    "user's exclusive attachments": (
        "policy-widened",
        [created("aws_iam_user_policy_attachments_exclusive", policy_arns=[ADMINISTRATOR])],
    ),
    "group attachment": (
        "policy-widened",
        [created("aws_iam_group_policy_attachment", policy_arn="arn:aws:iam::aws:policy/IAMFullAccess")],
    ),
    "permission set": (
        "policy-widened",
        [created("aws_ssoadmin_managed_policy_attachment", managed_policy_arn=ADMINISTRATOR)],
    ),
    "inline policy of a permission set": (
        "policy-widened",
        policy("aws_ssoadmin_permission_set_inline_policy", statement("iam:*", "*"), argument="inline_policy"),
    ),
    "wide policy moves to another role": (
        "policy-widened",
        [
            edited(
                "aws_iam_role_policy.a",
                *(
                    {"role": name, "policy": json.dumps({"Statement": [statement("s3:*", "*")]})}
                    for name in ("admin", "web")
                ),
            )
        ],
    ),
    "boundary removed": (
        "boundary-removed",
        [edited("aws_iam_role.a", {"permissions_boundary": "arn:aws:iam::1:policy/b"}, {"permissions_boundary": None})],
    ),
    "boundary replaced": (
        "boundary-removed",
        [
            edited(
                "aws_iam_role.a",
                {"permissions_boundary": "arn:aws:iam::1:policy/b"},
                {"permissions_boundary": ADMINISTRATOR},
            )
        ],
    ),
    "denial removed": (
        "denial-removed",
        [
            edited(
                "aws_s3_bucket_policy.a",
                {"policy": json.dumps({"Statement": [{**statement("s3:*", "a", "*"), "Effect": "Deny"}]})},
                {"policy": json.dumps({"Statement": []})},
            )
        ],
    ),
    "policy with a denial destroyed": (
        "denial-removed",
        [
            destroyed(
                "aws_s3_bucket_policy",
                policy=json.dumps({"Statement": [{**statement("s3:*", "a", "*"), "Effect": "Deny"}]}),
            )
        ],
    ),
    # accounts and trusts
    "key for another account": ("account-added", policy("aws_kms_key_policy", statement("kms:*", "*", OTHER_ROOT))),
    "bucket for another account": (
        "account-added",
        policy("aws_s3_bucket_policy", statement("s3:GetObject", "arn:aws:s3:::a/*", OTHER_ROOT)),
    ),
    "repository for another account": (
        "account-added",
        policy("aws_ecr_repository_policy", statement("ecr:BatchGetImage", None, OTHER_ROOT)),
    ),
    "queue for another account": (
        "account-added",
        policy("aws_sqs_queue_policy", statement("sqs:SendMessage", QUEUE, OTHER)),
    ),
    "topic for everyone of another account": (
        "account-added",
        policy(
            "aws_sns_topic_policy",
            statement("sns:Publish", "*", "*", Condition={"StringEquals": {"aws:SourceAccount": OTHER}}),
        ),
    ),
    "role trusts another account": ("account-added", trust("sts:AssumeRole", OTHER_ROOT)),
    "function for everyone": (
        "account-added",
        [created("aws_lambda_permission", principal="*", action="lambda:InvokeFunction")],
    ),
    "function for another account": (
        "account-added",
        [*policy("aws_x"), created("aws_lambda_permission", principal=OTHER)],
    ),
    "image for everyone": ("made-public", [created("aws_ami_launch_permission", group="all")]),
    "snapshot for another account": (
        "account-added",
        [*policy("aws_x"), created("aws_snapshot_create_volume_permission", account_id=OTHER)],
    ),
    "shared snapshot": ("account-added", [created("aws_db_snapshot", shared_accounts=["all"])]),
    "resource share": ("account-added", [*policy("aws_x"), created("aws_ram_principal_association", principal=OTHER)]),
    "endpoint service": ("account-added", [created("aws_vpc_endpoint_service", allowed_principals=["*"])]),
    "queue for everyone": ("policy-widened", policy("aws_sqs_queue_policy", statement("sqs:SendMessage", QUEUE, "*"))),
    "every repository by a pattern of the action": (
        "trust-widened",
        trust("sts:AssumeRoleWith*", OIDC, StringLike={SUB: "repo:*"}),
    ),
    "every repository": ("trust-widened", trust("sts:AssumeRoleWithWebIdentity", OIDC, StringLike={SUB: "repo:*"})),
    "repositories of owners with a prefix": (
        "trust-widened",
        trust("sts:AssumeRoleWithWebIdentity", OIDC, StringLike={SUB: ["repo:acme/app:*", "repo:acme*"]}),
    ),
    "no subject": (
        "trust-widened",
        trust("sts:AssumeRoleWithWebIdentity", OIDC, StringEquals={AUD: "sts.amazonaws.com"}),
    ),
    "subject that may be missing": (
        "trust-widened",
        trust("sts:AssumeRoleWithWebIdentity", OIDC, StringLikeIfExists={SUB: "repo:acme/app:*"}),
    ),
    # accounts in conditions
    **{
        f"everyone, limited to another account by {key}": (
            "account-added",
            policy("aws_s3_bucket_policy", statement("s3:GetObject", SHOP, "*", Condition={operator: {key: value}})),
        )
        for operator, key, value in (
            ("StringEquals", "aws:PrincipalArn", f"arn:aws:iam::{OTHER}:role/a"),
            ("ArnLike", "aws:SourceArn", f"arn:aws:sns:eu-west-1:{OTHER}:t"),
            ("StringEquals", "aws:SourceAccount", OTHER),
        )
    },
    **{
        f"a service on behalf of another account by {key}": (
            "account-added",
            policy(
                "aws_s3_bucket_policy",
                statement("s3:GetObject", SHOP, CLOUDFRONT, Condition={"StringEquals": {key: value}}),
            ),
        )
        for key, value in (
            ("AWS:SourceArn", f"arn:aws:cloudfront::{OTHER}:distribution/E1"),
            ("AWS:SourceAccount", OTHER),
        )
    },
    "another account by its canonical id": (
        "account-added",
        policy("aws_s3_bucket_policy", statement("s3:GetObject", SHOP, {"CanonicalUser": "79a5" * 16})),
    ),
    "the default policy of an endpoint in place of a narrow one": (
        "policy-widened",
        [
            edited(
                "aws_vpc_endpoint.a",
                *(
                    {"policy": json.dumps({"Statement": [statement(action, resource, "*")]})}
                    for action, resource in (("s3:GetObject", SHOP), ("*", "*"))
                ),
            )
        ],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_harmful_plan_is_blocked_by_its_rule(case: str) -> None:
    assert is_found(*CASES[case])

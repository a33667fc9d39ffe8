"""Claims about policies, trusts and permissions that a review must let pass, one by one."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from tests.support.plan_cases import (
    OIDC,
    OWN,
    SUB,
    Entry,
    blocked,
    created,
    edited,
    policy,
    statement,
    there,
    trust,
)

ROOT = {"AWS": f"arn:aws:iam::{OWN}:root"}
QUEUE, TOPIC = f"arn:aws:sqs:eu-west-1:{OWN}:q", f"arn:aws:sns:eu-west-1:{OWN}:t"
SHOP = "arn:aws:s3:::shop/*"
ONLY_OWNER = {"StringEquals": {"AWS:SourceOwner": OWN}}
LOGS_OF_BALANCERS = {"AWS": "arn:aws:iam::156460612806:root"}


ROLE_POLICY = "aws_iam_role_policy"
CASES: Mapping[str, list[Entry]] = {
    # policies
    "a schedule of the only account that the plan shows": [
        created(
            "aws_lambda_permission",
            action="lambda:InvokeFunction",
            principal="events.amazonaws.com",
            source_arn=f"arn:aws:events:eu-west-1:{OWN}:rule/nightly",
        )
    ],
    "logs of a group of the same plan": policy(
        ROLE_POLICY, statement("logs:PutLogEvents", "${aws_cloudwatch_log_group.a.arn}:*")
    ),
    "metrics": policy(
        ROLE_POLICY,
        statement("cloudwatch:PutMetricData", "*", Condition={"StringEquals": {"cloudwatch:namespace": "shop"}}),
    ),
    "network interfaces": policy(ROLE_POLICY, statement("ec2:DescribeNetworkInterfaces", "*")),
    "texts": policy(ROLE_POLICY, statement("textract:DetectDocumentText", "*")),
    "traces": policy(
        ROLE_POLICY, statement(["xray:GetSamplingRules", "xray:PutTraceSegments", "xray:PutTelemetryRecords"], "*")
    ),
    "ECS Exec": policy(
        ROLE_POLICY, statement(["ssmmessages:CreateControlChannel", "ssmmessages:OpenDataChannel"], "*")
    ),
    "registry": policy(ROLE_POLICY, statement("ecr:GetAuthorizationToken", "*")),
    "one bucket": policy(ROLE_POLICY, statement("s3:GetObject", "arn:aws:s3:::shop/*")),
    "one role": policy(ROLE_POLICY, statement("iam:PassRole", f"arn:aws:iam::{OWN}:role/shop-*")),
    "roles are read": policy(ROLE_POLICY, statement(["iam:GetRole", "iam:List*"], f"arn:aws:iam::{OWN}:role/*")),
    "one secret": policy(
        ROLE_POLICY, statement("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:eu-west-1:{OWN}:secret:shop-*")
    ),
    "parameters below a path": policy(
        ROLE_POLICY, statement("ssm:GetParameter", f"arn:aws:ssm:eu-west-1:{OWN}:parameter/shop/*")
    ),
    "narrowed policy": [
        edited(
            "aws_iam_role_policy.a",
            *(
                {"policy": json.dumps({"Statement": [statement(action, "*")]})}
                for action in ("s3:*", "s3:ListAllMyBuckets")
            ),
        ),
    ],
    "execution role's managed policy": [
        created(
            "aws_iam_role_policy_attachment",
            policy_arn="arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
        )
    ],
    "default policy of an endpoint": policy("aws_vpc_endpoint", statement("*", "*", "*")),
    "default policy of a topic": policy(
        "aws_sns_topic_policy", statement(["SNS:Publish", "SNS:Subscribe"], TOPIC, {"AWS": "*"}, Condition=ONLY_OWNER)
    ),
    "default policy of a key": [
        created("aws_kms_key", policy=json.dumps({"Statement": [statement("kms:*", "*", ROOT)]}))
    ],
    "default policy of a queue": [
        created("aws_sqs_queue", policy=json.dumps({"Statement": [statement("SQS:*", QUEUE, ROOT)]}))
    ],
    "default policy of a key of AWS": policy(
        "aws_kms_key_policy",
        statement("kms:Decrypt", "*", {"AWS": "*"}, Condition={"StringEquals": {"kms:CallerAccount": OWN}}),
    ),
    "policy of a secret": policy(
        "aws_secretsmanager_secret_policy",
        statement("secretsmanager:GetSecretValue", "*", {"AWS": f"arn:aws:iam::{OWN}:role/a"}),
    ),
    "policy of a secret, in a plan without another ARN": [
        created(
            "aws_secretsmanager_secret_policy",
            policy=json.dumps(
                {"Statement": [statement("secretsmanager:GetSecretValue", "*", {"AWS": f"arn:aws:iam::{OWN}:role/a"})]}
            ),
        )
    ],
    "identity provider, in a plan without another ARN": [
        created(
            "aws_iam_role",
            assume_role_policy=json.dumps(
                {
                    "Statement": [
                        statement(
                            "sts:AssumeRoleWithWebIdentity",
                            None,
                            OIDC,
                            Condition={"StringEquals": {SUB: "repo:acme/shop:ref:refs/heads/main"}},
                        )
                    ]
                }
            ),
        )
    ],
    "everyone of the account, in a plan without another ARN": [
        created(
            "aws_sns_topic_policy",
            policy=json.dumps({"Statement": [statement("SNS:Publish", "*", "*", Condition=ONLY_OWNER)]}),
        )
    ],
    "only with TLS": policy("aws_s3_bucket_policy", {**statement("s3:*", "arn:aws:s3:::a/*", "*"), "Effect": "Deny"}),
    "logs of load balancers": policy(
        "aws_s3_bucket_policy", statement("s3:PutObject", "arn:aws:s3:::a/*", LOGS_OF_BALANCERS)
    ),
    "logs of AWS services": policy(
        "aws_s3_bucket_policy",
        statement("s3:PutObject", "arn:aws:s3:::a/*", {"Service": "delivery.logs.amazonaws.com"}),
    ),
    "function of a rule": [
        *policy("aws_x"),
        created(
            "aws_lambda_permission",
            principal="events.amazonaws.com",
            source_arn=f"arn:aws:events:eu-west-1:{OWN}:rule/a",
        ),
    ],
    "logs within the account": [
        *policy("aws_x"),
        created("aws_cloudwatch_log_subscription_filter", destination_arn=f"arn:aws:lambda:eu-west-1:{OWN}:function:a"),
    ],
    # trusts
    "tasks": trust("sts:AssumeRole", {"Service": "ecs-tasks.amazonaws.com"}),
    "own account": trust("sts:AssumeRole", ROOT),
    "one repository": trust("sts:AssumeRoleWithWebIdentity", OIDC, StringLike={SUB: "repo:acme/app:*"}),
    "one branch": trust("sts:AssumeRoleWithWebIdentity", OIDC, StringEquals={SUB: "repo:acme/app:ref:refs/heads/main"}),
    "user pool": trust(
        "sts:AssumeRoleWithWebIdentity",
        {"Federated": "cognito-identity.amazonaws.com"},
        StringEquals={"cognito-identity.amazonaws.com:aud": "eu-west-1:a"},
    ),
    # accounts in conditions
    "a distribution of the same account": policy(
        "aws_s3_bucket_policy",
        statement(
            "s3:GetObject",
            SHOP,
            {"Service": "cloudfront.amazonaws.com"},
            Condition={"StringEquals": {"AWS:SourceArn": f"arn:aws:cloudfront::{OWN}:distribution/E1"}},
        ),
    ),
    "a service on behalf of any other account but one": policy(
        "aws_sqs_queue_policy",
        statement(
            "sqs:SendMessage",
            QUEUE,
            {"Service": "sns.amazonaws.com"},
            Condition={"StringNotEquals": {"aws:SourceAccount": "999988887777"}},
        ),
    ),
    "the identity of a distribution of the plan": [
        *policy("aws_s3_bucket_policy", statement("s3:GetObject", SHOP, {"CanonicalUser": "79a5" * 16})),
        there("aws_cloudfront_origin_access_identity.a", s3_canonical_user_id="79a5" * 16),
    ],
}


@pytest.mark.parametrize("case", CASES)
def test_harmless_plan_passes(case: str) -> None:
    assert blocked(CASES[case]) == []

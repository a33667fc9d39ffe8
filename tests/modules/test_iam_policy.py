"""Tests of IAM policy documents: the elements of a statement, and equal JSON for equal statements."""

from __future__ import annotations

import json

from colonnade.modules.iam_policy import Statement, policy


def test_a_role_policy_has_actions_and_resources_and_no_principal() -> None:
    document = json.loads(policy(Statement(sid="Read", actions=("s3:GetObject",), resources=("arn:aws:s3:::b/*",))))
    assert document == {
        "Version": "2012-10-17",
        "Statement": [{"Sid": "Read", "Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::b/*"]}],
    }


def test_a_trust_policy_has_a_principal_and_no_resource() -> None:
    trust = Statement(sid="Ecs", actions=("sts:AssumeRole",), principals={"Service": "ecs-tasks.amazonaws.com"})
    (statement,) = json.loads(policy(trust))["Statement"]
    assert statement["Principal"] == {"Service": "ecs-tasks.amazonaws.com"}
    assert "Resource" not in statement


def test_everyone_is_written_as_a_star() -> None:
    (statement,) = json.loads(policy(Statement(sid="All", actions=("s3:*",), principals={"*": "*"})))["Statement"]
    assert statement["Principal"] == "*"


def test_the_order_of_conditions_does_not_matter() -> None:
    one = {"StringEquals": {"a": "1"}, "ArnLike": {"b": "2"}}
    other = dict(reversed(one.items()))
    assert policy(Statement(sid="S", actions=("a:b",), conditions=one)) == policy(
        Statement(sid="S", actions=("a:b",), conditions=other)
    )

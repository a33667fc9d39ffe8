"""The evaluation of a role's policies: which statements allow or deny an action on a resource."""

from __future__ import annotations

from typing import Any

import pytest

from colonnade_sandbox.tasks.role_policies import allowed

ACTION = "secretsmanager:GetSecretValue"
SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/payment-a1B2c3"
PATTERN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/payment-??????"


def statement(effect: str = "Allow", **elements: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": ACTION, "Resource": PATTERN, **elements}


ALLOW = statement()


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ([], False),
        ([ALLOW], True),
        (ALLOW, True),
        ([statement(Action=["s3:*", "SecretsManager:Get*"])], True),
        ([statement(Action="secretsmanager:DescribeSecret")], False),
        ([statement(Resource=["*"])], True),
        ([statement(Resource=SECRET.rpartition("-")[0])], False),
        ([statement(Resource=f"{PATTERN}:key::")], False),
        ([statement(Resource=PATTERN.upper())], False),
        ([ALLOW, statement("Deny")], False),
        ([ALLOW, statement("Deny", Resource="arn:aws:s3:::*")], True),
        ([ALLOW, statement("Deny", Condition={"Bool": {"aws:SecureTransport": "false"}})], True),
        ([statement(Condition={"StringEquals": {"aws:SourceVpc": "vpc-1"}})], True),
        ([{"Effect": "Allow", "NotAction": "s3:*", "NotResource": "arn:aws:s3:::*"}], True),
        ([{"Effect": "Allow", "NotAction": "secretsmanager:*", "Resource": "*"}], False),
    ],
)
def test_a_role_may_do_what_a_statement_allows_and_none_denies(statements: Any, expected: bool) -> None:
    assert allowed([{"Version": "2012-10-17", "Statement": statements}], ACTION, SECRET) is expected


def test_the_statements_of_all_policies_count() -> None:
    assert allowed([{"Statement": []}, {"Statement": [ALLOW]}], ACTION, SECRET)
    assert not allowed([{"Statement": [statement("Deny")]}, {"Statement": [ALLOW]}], ACTION, SECRET)


@pytest.mark.timeout(30)  # a pattern that is tried in every way would take hours
@pytest.mark.parametrize("action", ["*" * 60 + "!", "*a" * 60, "s*e*c*r*e*t*" * 10])
def test_a_pattern_with_many_wildcards_is_compared_in_bounded_time(action: str) -> None:
    assert not allowed([{"Statement": [statement(Action=action)]}], ACTION, SECRET)
    assert not allowed([{"Statement": [statement(Resource=f"{action}!")]}], ACTION, SECRET)

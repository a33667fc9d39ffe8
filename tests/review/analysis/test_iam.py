"""Claims about policies: their grants, the grants gained and lost, and grants as wide as `*`."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colonnade.review.analysis.iam import policy_changes
from colonnade.review.analysis.policy_documents import Grant, grants
from colonnade.review.plan.resource_index import ResourceIndex
from tests.support.plan_documents import change, changes, review

ROLE_POLICY = "aws_iam_role_policy.orders"
BUCKET = "arn:aws:s3:::orders/*"


def _policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def _allow(action: Any, resource: Any = BUCKET, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def _widened(before: str | None, after: str, address: str = ROLE_POLICY) -> list[str]:
    sides = [{"policy": text} if text is not None else None for text in (before, after)]
    found = changes(change(address, *sides))
    return [reason for each in policy_changes(found, ResourceIndex(found)) for reason in each.widenings]


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        (_allow("*"), "every action (`*`)"),
        (_allow("*:*"), "every action (`*`)"),
        (_allow(["s3:GetObject", "s3:*"]), "every action of s3"),
        (_allow("s3:**"), "every action of s3"),
        (_allow("s3:GetObject", "*"), "every resource"),
        (_allow("s3:GetObject", ["arn:aws:s3:::*"]), "every resource"),
        (_allow("s3:GetObject", "arn:aws:s3:::*/*"), "every resource"),
        ({"Effect": "Allow", "NotAction": "iam:*", "Resource": BUCKET}, "NotAction"),
        ({"Effect": "Allow", "Action": "s3:GetObject", "NotResource": BUCKET}, "NotResource"),
        (_allow("s3:GetObject", Principal="*"), "allows everyone"),
        (_allow("s3:GetObject", Principal={"AWS": ["*"]}), "allows everyone"),
    ],
)
def test_grants_as_wide_as_a_star_widen_new_and_existing_policies(statement: dict[str, Any], reason: str) -> None:
    assert any(reason in found for found in _widened(None, _policy(statement)))
    assert any(reason in found for found in _widened(_policy(_allow("s3:GetObject")), _policy(statement)))
    assert _widened(_policy(statement), _policy(statement, _allow("s3:PutObject"))) == []


@pytest.mark.parametrize(
    "statement",
    [
        _allow("s3:Get*"),
        _allow("s3:GetObject"),
        _allow("ecr:GetAuthorizationToken", "*"),
        _allow(["cloudwatch:PutMetricData", "textract:DetectDocumentText"], "*"),
        _allow(["ec2:DescribeNetworkInterfaces", "ec2:DescribeVpcClassic*", "xray:GetSamplingRules"], "*"),
        {"Effect": "Deny", "Action": "*", "Resource": "*", "Principal": "*"},
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ecs-tasks.amazonaws.com"}},
    ],
)
def test_narrow_grants_and_denials_do_not_widen_a_policy(statement: dict[str, Any]) -> None:
    assert _widened(None, _policy(statement)) == []


@pytest.mark.parametrize("number", [60, 300])
def test_a_policy_with_too_many_grants_is_blocked_in_bounded_time(number: int) -> None:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": [f"arn:aws:iam::111122223333:role/r{n}" for n in range(number)]},
        "Action": [f"s3:Get{n}" for n in range(number)],
        "Resource": [f"{BUCKET}/{n}" for n in range(number)],
    }
    before, after = _policy(_allow("s3:GetObject"), statement), _policy(statement)
    started = time.process_time()
    for former, text in ((None, before), (before, after)):
        (reason,) = _widened(former, text, "aws_s3_bucket_policy.this")
        assert reason.startswith("has more grants than the review compares")
    assert _widened(before, before, "aws_s3_bucket_policy.this") == []
    assert time.process_time() - started < 5  # minutes, if 27 million grants are compared


def test_default_key_policy_is_not_wide_unless_it_allows_everyone() -> None:
    root = _allow("kms:*", "*", Principal={"AWS": "arn:aws:iam::111122223333:root"})
    assert _widened(None, _policy(root), "aws_kms_key.logs") == []
    assert _widened(None, _policy({**root, "Principal": "*"}), "aws_kms_key.logs") != []


def test_a_wildcard_that_includes_an_action_with_resources_is_wide() -> None:
    assert _widened(None, _policy(_allow("ecr:Get*", "*"))) != []


def test_in_the_policy_of_a_secret_a_star_means_the_secret() -> None:
    read = _allow("secretsmanager:GetSecretValue", "*", Principal={"AWS": "arn:aws:iam::111122223333:role/a"})
    assert _widened(None, _policy(read), "aws_secretsmanager_secret_policy.a") == []
    assert _widened(None, _policy({**read, "Principal": "*"}), "aws_secretsmanager_secret_policy.a") != []


TOPIC = _allow(
    ["SNS:Publish", "SNS:GetTopicAttributes"], "arn:aws:sns:eu-west-1:111122223333:a", Principal={"AWS": "*"}
)


def test_default_policies_of_endpoints_and_topics_are_not_wide() -> None:
    assert _widened(None, _policy(_allow("*", "*", Principal="*")), "aws_vpc_endpoint.s3") == []
    owner = {"StringEquals": {"AWS:SourceOwner": "111122223333"}}
    assert _widened(None, _policy({**TOPIC, "Condition": owner}), "aws_sns_topic_policy.a") == []


@pytest.mark.parametrize(
    "condition",
    [
        {},
        {"StringEquals": {"aws:SourceOwner": "*"}},
        {"StringNotEquals": {"aws:SourceOwner": "111122223333"}},
        {"StringLike": {"aws:SourceAccount": "*"}},
        {"ArnLike": {"aws:SourceArn": "arn:aws:s3:*:*:*"}},
        {"StringEquals": {"aws:SecureTransport": "true"}},
    ],
)
def test_a_condition_that_names_no_owner_does_not_limit_everyone(condition: dict[str, Any]) -> None:
    assert _widened(None, _policy({**TOPIC, "Condition": condition}), "aws_sns_topic_policy.a") != []


def test_a_condition_that_differs_after_its_beginning_is_shown_and_a_header_is_not() -> None:
    before, after = (
        {"StringEquals": {"aws:ResourceTag/a": ["x" * 150, end]}, "StringLike": {"aws:Referer": referer}}
        for end, referer in (("one", "referer-1"), ("two", "referer-2"))
    )
    sides = [{"policy": _policy(_allow("s3:GetObject", Condition=each))} for each in (before, after)]
    report = review(change(ROLE_POLICY, *sides))
    details = [line for line in report.splitlines() if line.startswith("  - ")]
    assert any("gained" in line and '"two"' in line for line in details)
    assert any("lost" in line and '"one"' in line for line in details)
    assert "referer-" not in report


@pytest.mark.parametrize(
    ("name", "wide"),
    [
        ("AdministratorAccess", True),
        ("AmazonS3FullAccess", True),
        ("service-role/AmazonECSTaskExecutionRolePolicy", False),
    ],
)
def test_attachment_of_a_wide_aws_managed_policy_is_a_widening(name: str, wide: bool) -> None:
    found = changes(
        change("aws_iam_role_policy_attachment.orders", None, {"policy_arn": f"arn:aws:iam::aws:policy/{name}"})
    )
    (policy,) = policy_changes(found, ResourceIndex(found))
    assert (policy.widenings != ()) is wide


def test_inline_policies_of_a_role_are_read() -> None:
    inline = {"inline_policy": [{"name": "all", "policy": _policy(_allow("*", "*"))}], "assume_role_policy": "{}"}
    found = changes(change("aws_iam_role.orders", {"assume_role_policy": "{}", "inline_policy": []}, inline))
    (policy,) = policy_changes(found, ResourceIndex(found))
    assert len(policy.widenings) == 2


def test_unknown_policy_is_read_from_the_configuration_with_references() -> None:
    text = _policy(_allow("logs:PutLogEvents", "${aws_cloudwatch_log_group.orders.arn}:*"))
    expressions = {"policy": {"constant_value": text, "references": ["aws_cloudwatch_log_group.orders.arn"]}}
    found = changes(change(ROLE_POLICY, None, {}, unknown={"policy": True}, expressions=expressions))
    (policy,) = policy_changes(found, ResourceIndex(found))
    assert policy.gained == (
        Grant(effect="Allow", action="logs:PutLogEvents", resource="${aws_cloudwatch_log_group.orders.arn}:*"),
    )


@pytest.mark.parametrize("marks", [{"unknown": {"policy": True}}, {"sensitive": {"policy": True}}])
def test_changed_policy_that_is_sensitive_or_unknown_is_unreadable(marks: dict[str, Any]) -> None:
    found = changes(change(ROLE_POLICY, {"policy": _policy()}, {"policy": _policy(_allow("*"))}, **marks))
    (policy,) = policy_changes(found, ResourceIndex(found))
    assert policy.unreadable
    assert policy.lost == ()


def test_policy_that_the_attributes_of_a_bucket_repeat_is_ignored() -> None:
    expressions = {"bucket": {"constant_value": "logs"}}
    found = changes(change("aws_s3_bucket.logs", None, {}, unknown={"policy": True}, expressions=expressions))
    assert policy_changes(found, ResourceIndex(found)) == ()


def test_unchanged_sensitive_policy_is_not_reported() -> None:
    sides = [{"policy": _policy(_allow("*"))}] * 2
    found = changes(change(ROLE_POLICY, *sides, sensitive={"policy": True}))
    assert policy_changes(found, ResourceIndex(found)) == ()


ACTIONS = st.sampled_from(["s3:GetObject", "s3:*", "*", "iam:PassRole", BUCKET])
STATEMENTS = st.lists(st.builds(_allow, ACTIONS, ACTIONS), max_size=4)


@given(STATEMENTS, STATEMENTS)
def test_gained_and_lost_grants_are_the_set_differences(
    before: list[dict[str, Any]], after: list[dict[str, Any]]
) -> None:
    found = changes(change(ROLE_POLICY, {"policy": _policy(*before)}, {"policy": _policy(*after)}))
    for policy in policy_changes(found, ResourceIndex(found)):
        assert set(policy.gained) == set(grants(_policy(*after))) - set(grants(_policy(*before)))
        assert set(policy.lost) == set(grants(_policy(*before))) - set(grants(_policy(*after)))


@given(STATEMENTS)
def test_removing_statements_never_widens_a_policy(statements: list[dict[str, Any]]) -> None:
    assert _widened(_policy(*statements), _policy(*statements[1:])) == []


@given(st.text(max_size=30) | st.sampled_from(["[]", "null", '{"Statement": [1]}', '{"Statement": {"Action": "*"}}']))
def test_grants_of_any_string_are_read_without_an_error(text: str) -> None:
    list(grants(text))

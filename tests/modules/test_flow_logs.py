"""Tests of a network's flow logs: their content, their log group, and their role."""

from __future__ import annotations

import pytest

from tests.support.project import PROJECT
from tests.support.synth import synthesized

pytestmark = pytest.mark.synth


def test_every_flow_of_the_vpc_is_logged_to_a_log_group_with_the_usual_retention() -> None:
    stack = synthesized("prod")["product_user"]
    flow_log, group = stack.only("aws_flow_log"), stack.only("aws_cloudwatch_log_group", "flow_logs_")
    assert flow_log["vpc_id"] == f"${{{stack.address('aws_vpc')}.id}}"
    assert flow_log["traffic_type"] == "ALL"
    assert flow_log["log_destination"] == f"${{{stack.address('aws_cloudwatch_log_group', 'flow_logs_')}.arn}}"
    assert flow_log["iam_role_arn"] == f"${{{stack.address('aws_iam_role', 'flow_logs_')}.arn}}"
    assert group["name"] == "/colonnade/prod/product-user/network/flow-logs"
    assert group["retention_in_days"] == PROJECT.environment("prod").tasks.log_retention_days


def test_their_role_writes_only_to_that_group_and_has_its_policy_first() -> None:
    stack = synthesized("prod")["services"]
    group = stack.address("aws_cloudwatch_log_group", "flow_logs_")
    write, find = stack.only("aws_iam_role_policy", "flow_logs_")["policy"]["Statement"]
    assert write["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
    assert write["Resource"] == [f"${{{group}.arn}}:*"]
    assert find["Action"] == ["logs:DescribeLogGroups"]
    assert stack.only("aws_flow_log")["depends_on"] == [stack.address("aws_iam_role_policy", "flow_logs_")]


def test_flow_logs_of_other_accounts_cannot_assume_the_role() -> None:
    role = synthesized("prod")["services"].only("aws_iam_role", "flow_logs_")
    (trust,) = role["assume_role_policy"]["Statement"]
    assert trust["Principal"] == {"Service": "vpc-flow-logs.amazonaws.com"}
    assert trust["Condition"] == {
        "ArnLike": {"aws:SourceArn": "arn:aws:ec2:eu-west-1:444455556666:vpc-flow-log/*"},
        "StringEquals": {"aws:SourceAccount": "444455556666"},
    }


@pytest.mark.parametrize("environment", ["sandbox", "dev"])
def test_without_flow_logs_there_are_no_resources_for_them(environment: str) -> None:
    stack = synthesized(environment)["services"]
    assert [address for address in stack.addresses() if "flow_log" in address] == []

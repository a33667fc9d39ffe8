"""Faults seeded into an emulated account: each is found alone, and all together, with calls that only read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from colonnade.apply.identity import AwsSession
from colonnade.model.service.iam_actions import action_fault
from colonnade.verify.command import checked, needs_of
from colonnade.verify.domain_needs import hosted_zones
from colonnade.verify.need import Result
from colonnade.verify.reader import Reader
from tests.support.declared_in_account import (
    GOOD,
    LISTENER,
    PRIVATE,
    REGION,
    UNTRUSTING,
    ZONE,
    ZONE_ROLE,
    Declared,
)
from tests.support.seeded_account import Account
from tests.support.service_process import ROOT
from tests.verify.faults import FAULTS, SECRETS, TOGETHER

DOCUMENTED = (ROOT / "docs" / "deploy-to-aws.md").read_text()
OPTIONAL = ("secretsmanager:GetSecretValue", "kms:Decrypt", "sts:AssumeRole")
"""The actions that the document gives in its text: they concern single resources."""
CONFIGURATION = 'data:application/json,{"architecture":"arm64"}'


@pytest.fixture(scope="module")
def seeded() -> Iterator[Account]:
    """Yield the account, in this process, and a session that records its calls and refuses those of a set."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.delenv("AWS_ENDPOINT_URL", raising=False)
        made = Account(session=boto3.Session(region_name=REGION))
        made.seed()

        def record(model: Any, params: Any, **_: Any) -> Any:
            made.calls.append(model.name)
            if model.name in made.denied or UNTRUSTING in str(params["body"]):
                raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, model.name)
            # moto does not have this operation.
            layer = model.name == "GetDownloadUrlForLayer"
            return (SimpleNamespace(status_code=200), {"downloadUrl": CONFIGURATION}) if layer else None

        made.session.events.register("before-call", record)
        yield made


@pytest.fixture
def account(seeded: Account) -> Iterator[Account]:
    yield seeded
    seeded.denied.clear()


def problems(results: list[Result]) -> list[str]:
    return [f"{each.subject}: {fault}" for each in results for fault in each.faults]


def test_an_account_with_everything_has_no_problem_and_nothing_is_unchecked(account: Account) -> None:
    for declared, things in (
        (Declared(zone=ZONE), 23),
        (Declared(listener=LISTENER, zone_role=ZONE_ROLE, zone=ZONE), 23),
    ):
        results = account.verify(declared)
        assert [str(each) for each in results if not str(each).startswith("ok           ")] == []
        assert len(results) == things
    assert problems(account.verify(Declared(secrets={"PLAIN": ("shop/plain by ARN", None, None)}))) == []


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_found_alone(account: Account, name: str) -> None:
    changes, expected = FAULTS[name]
    (problem,) = problems(account.verify(Declared(**changes)))
    assert problem.startswith(expected)
    assert "hunter2" not in problem


def test_all_faults_are_found_together(account: Account) -> None:
    found = problems(account.verify(Declared(**TOGETHER)))
    expected = [
        FAULTS[name][1].replace("(orders)", "(billing)")
        for name in (
            *("no versioning", "private zone", "expired certificate", "no web ACL", "no boundary", "taken role"),
            *("no DNS", "no subnet"),
            *(
                "no capacity provider",
                "IPv6 clients",
                "no list",
                "no group",
                "no image",
                "other architecture",
                *SECRETS,
            ),
            *("no parameter", "disabled key"),
        )
    ]
    unexpected = f"private subnet '{PRIVATE[0]}': it is in VPC {GOOD.vpc_id}"
    assert len(found) == len(expected) + 1 >= 13
    for start in (*expected, unexpected):
        assert [each for each in found if each.startswith(start)], start


@pytest.mark.parametrize(
    ("operation", "subject", "action"),
    [
        ("HeadBucket", "state bucket", "s3:ListBucket"),
        ("DescribeSecret", "secret", "secretsmanager:DescribeSecret"),
        ("GetSecretValue", "secret 'shop/payment'", "secretsmanager:GetSecretValue"),
        ("BatchGetImage", "image", "ecr:BatchGetImage"),
        ("GetWebACL", "web ACL", "wafv2:GetWebACL"),
        ("GetPolicy", "permissions boundary", "iam:GetPolicy"),
        ("DescribeRouteTables", "public subnet", "ec2:DescribeRouteTables"),
    ],
)
def test_a_missing_permission_is_no_problem(account: Account, operation: str, subject: str, action: str) -> None:
    account.denied.add(operation)
    results = account.verify(Declared())
    assert problems(results) == []
    unchecked = [each for each in results if each.unchecked is not None]
    assert {each.unchecked for each in unchecked} == {f"needs {action}"}
    assert all(str(each).startswith(f"not checked  {subject}") for each in unchecked)


def test_the_documented_policy_allows_every_call_and_names_actions_of_aws(account: Account) -> None:
    account.verify(Declared())
    made = set(account.calls)
    account.verify(Declared(zone=ZONE, version="1.0.0-arm64"))
    made.update(account.calls)
    account.verify(Declared(zone_role=ZONE_ROLE, listener=LISTENER))
    actions = [*re.findall(r'"(\w+:\w+)"', DOCUMENTED), *OPTIONAL]
    assert [fault for fault in map(action_fault, actions) if fault is not None] == []
    allowed = {action.partition(":")[2] for action in actions}
    assert {"ListBucket" if each == "HeadBucket" else each for each in made | set(account.calls)} <= allowed


def test_a_listener_that_the_caller_may_not_read_is_no_problem(account: Account) -> None:
    account.denied.add("DescribeRules")
    results = account.verify(Declared(listener=LISTENER))
    assert problems(results) == []
    assert {each.unchecked for each in results} == {None, "needs elasticloadbalancing:DescribeRules"}


def test_the_sandbox_has_no_images_and_no_keys_to_check(account: Account) -> None:
    declared = Declared().deployment(account.made)
    everywhere, there = (
        [each.subject for each in needs_of(replace(declared, environment=name))] for name in ("dev", "sandbox")
    )
    assert {subject.split()[0] for subject in set(everywhere) - set(there)} == {"image", "KMS"}
    assert "secret 'shop/payment' (orders)" in there


def test_a_call_that_does_not_only_read_is_refused(account: Account) -> None:
    reader = Reader(AwsSession(caller="test", session=account.session))
    with pytest.raises(ValueError, match="s3 delete_bucket does not only read"):
        reader.read("s3", "delete_bucket", Bucket="colonnade-test-state")


def test_a_zone_of_another_account_is_read_with_its_role(account: Account) -> None:
    role = "arn:aws:iam::111122223333:role/dns"
    declared = Declared(zone_role=role).deployment(account.made)
    needs = tuple(hosted_zones(declared))
    reader = Reader(AwsSession(caller="test", session=account.session))
    (result,) = checked(needs, reader)
    assert "there is no public hosted zone" in str(result)  # the other account has none
    account.denied.add("AssumeRole")
    (result,) = checked(needs, reader)
    assert result.unchecked == f"needs sts:AssumeRole of {role}"

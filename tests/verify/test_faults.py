"""Faults seeded into an emulated account: each is found alone, and all together, with calls that only read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
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
from tests.support.seeded_account import (
    ACCOUNT,
    EXPIRED,
    FOREIGN_LISTENER,
    FOREIGN_SUBNET,
    GOOD,
    HTTP_LISTENER,
    IPV6_LIST,
    ISSUED,
    LISTENER,
    MISSING,
    MISSING_GROUP,
    MISSING_LIST,
    MISSING_SUBNET,
    NO_DNS,
    NO_LISTENER,
    NO_ROUTE,
    NO_VPC,
    OTHER,
    OTHER_LISTENER,
    OTHER_ZONE,
    PRIVATE,
    PUBLIC,
    REGION,
    SAME_ZONE,
    TAKEN,
    UNTRUSTING,
    ZONE,
    ZONE_ROLE,
    Account,
    Declared,
)
from tests.support.service_process import ROOT

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


def _secret(name: str, json_key: str | None = None, key: str | None = None) -> dict[str, Any]:
    return {"secrets": {"SECRET": (name, json_key, key)}}


def _subnets(**ids: Any) -> dict[str, Any]:
    return {"network": replace(GOOD, **ids)}


FAULTS: Mapping[str, tuple[dict[str, Any], str]] = {
    "no bucket": ({"bucket": "colonnade-none"}, "state bucket 'colonnade-none': it does not exist"),
    "no versioning": ({"bucket": "colonnade-suspended"}, "state bucket 'colonnade-suspended': its versioning is off"),
    "bucket elsewhere": ({"bucket": "colonnade-elsewhere"}, "state bucket 'colonnade-elsewhere': it is in region us-"),
    "no zone": ({"zone_name": "example.dev", "certificate": None}, "hosted zone 'example.dev': there is no public"),
    "two zones": ({"zone_name": "example.net", "certificate": None}, "hosted zone 'example.net': 2 public hosted"),
    "no zone of the ID": ({"zone": "Z0000000000000"}, "hosted zone 'example.com': there is no hosted zone with the ID"),
    "zone of another name": (
        {"zone": OTHER_ZONE},
        f"hosted zone 'example.com': the zone with the ID {OTHER_ZONE} is 'e",
    ),
    "private zone": ({"zone": "private zone"}, "hosted zone 'example.com': the zone with the ID "),
    "no certificate": ({"certificate": MISSING}, f"certificate '{MISSING.arn}': it does not exist"),
    "expired certificate": ({"certificate": EXPIRED}, f"certificate '{EXPIRED.arn}': its status is EXPIRED"),
    "other certificate": ({"certificate": OTHER}, f"certificate '{OTHER.arn}': it is for example.org, not for"),
    "other order of names": (
        {"certificate": replace(ISSUED, domains=("*.example.com", "example.com"))},
        f"certificate '{ISSUED.arn}': its domain name is 'example.com'",
    ),
    "no trust": ({"zone_role": UNTRUSTING}, f"role '{UNTRUSTING}' (hosted zone): AWS does not let these credentials"),
    "no listener": ({"listener": NO_LISTENER}, f"listener '{NO_LISTENER.arn}': it does not exist"),
    "HTTP listener": ({"listener": HTTP_LISTENER}, f"listener '{HTTP_LISTENER.arn}': its protocol is HTTP"),
    "listener in another VPC": (
        {"listener": FOREIGN_LISTENER},
        f"listener '{FOREIGN_LISTENER.arn}': its load balancer is in VPC {NO_DNS.vpc_id}",
    ),
    "listener without the name": (
        {"listener": OTHER_LISTENER},
        f"listener '{OTHER_LISTENER.arn}': none of its certificates is for 'shop.example.com'",
    ),
    "taken priority": ({"listener": TAKEN}, f"listener '{TAKEN.arn}': a rule of another owner has priority 2"),
    "no boundary": ({"boundary": "no boundary"}, f"permissions boundary 'arn:aws:iam::{ACCOUNT}:policy/boundarys'"),
    "taken role": (
        {"service": "billing"},
        "names of 2 IAM roles: a role of another owner has the name 'colonnade-test-sho",
    ),
    "no web ACL": ({"acl": "no acl"}, "web ACL 'arn:aws:wafv2:"),
    "no VPC": ({"network": NO_VPC}, f"VPC '{NO_VPC.vpc_id}': it does not exist"),
    "no DNS": ({"network": NO_DNS}, f"VPC '{NO_DNS.vpc_id}': its attribute enableDnsHostnames is false"),
    "no subnet": (
        _subnets(private_subnet_ids=(PRIVATE[0], MISSING_SUBNET)),
        f"private subnet '{MISSING_SUBNET}': it does not exist",
    ),
    "foreign subnet": (
        _subnets(private_subnet_ids=(PRIVATE[0], FOREIGN_SUBNET)),
        f"private subnet '{FOREIGN_SUBNET}': it is in VPC {NO_DNS.vpc_id}",
    ),
    "no route": (_subnets(public_subnet_ids=(NO_ROUTE, PUBLIC[1])), f"public subnet '{NO_ROUTE}': it has no default"),
    "one zone": (_subnets(private_subnet_ids=(PRIVATE[0], SAME_ZONE)), "zones of the private subnets: all are in"),
    "two in one zone": (_subnets(public_subnet_ids=(*PUBLIC, SAME_ZONE)), "zones of the public subnets: several are"),
    "no cluster": ({"cluster": "none"}, "ECS cluster 'none': it does not exist"),
    "no capacity provider": ({"cluster": "spot"}, "ECS cluster 'spot': it has no capacity provider FARGATE"),
    "no clients": ({"clients": MISSING_LIST}, f"prefix list '{MISSING_LIST}' (ingress): it does not exist"),
    "IPv6 clients": ({"clients": IPV6_LIST}, f"prefix list '{IPV6_LIST}' (ingress): its addresses are IPv6"),
    "no list": ({"prefix_list": MISSING_LIST}, f"prefix list '{MISSING_LIST}' (connection 'mail'): it does not exist"),
    "no group": ({"group": MISSING_GROUP}, f"security group '{MISSING_GROUP}' (connection 'orders-db'): it does"),
    "no image": ({"version": "2.0.0"}, "image 'colonnade-test-orders:2.0.0' (orders): 2.0.0 does not exist"),
    "other architecture": ({"sidecar": "arm64"}, "image 'colonnade-test-metrics@"),
    "other architecture without an index": (
        {"version": "1.0.0-arm64"},
        "image 'colonnade-test-orders:1.0.0-arm64' (orders): it is for arm64, not for amd64",
    ),
    "no secret": (_secret("shop/none"), "secret 'shop/none' (orders): it does not exist"),
    "no value": (_secret("shop/empty"), "secret 'shop/empty' (orders): it has no value"),
    "deleted secret": (_secret("shop/gone by ARN"), "secret 'shop/gone-"),
    "no JSON key": (
        _secret("shop/payment", "other", "key"),
        "secret 'shop/payment' (orders): its JSON has no key 'oth",
    ),
    "no JSON": (_secret("shop/plain", "key"), "secret 'shop/plain' (orders): its value is not a JSON object"),
    "undeclared key": (
        {**_secret("shop/payment", "key"), "parameter_key": "other"},
        "secret 'shop/payment' (orders): its KMS key 'arn:",
    ),
    "no parameter": ({"parameter": "/shop/none"}, "parameter '/shop/none' (orders): it does not exist"),
    "no key": ({"parameter_key": "no key"}, "KMS key 'arn:aws:kms:"),
    "disabled key": ({"parameter_key": "disabled"}, "KMS key 'arn:aws:kms:"),
    "key to be deleted": ({"parameter_key": "pending"}, "KMS key 'arn:aws:kms:"),
}
SECRETS = ("no secret", "no value", "deleted secret", "no JSON key", "no JSON")
TOGETHER = {
    **FAULTS["no versioning"][0],
    **FAULTS["private zone"][0],
    **FAULTS["expired certificate"][0],
    **FAULTS["no web ACL"][0],
    **FAULTS["no boundary"][0],
    **FAULTS["taken role"][0],
    **FAULTS["no capacity provider"][0],
    **FAULTS["IPv6 clients"][0],
    **FAULTS["no list"][0],
    **FAULTS["no group"][0],
    **FAULTS["no image"][0],
    **FAULTS["other architecture"][0],
    **FAULTS["no parameter"][0],
    **FAULTS["disabled key"][0],
    "network": replace(
        NO_DNS, public_subnet_ids=(NO_DNS.public_subnet_ids), private_subnet_ids=(PRIVATE[0], MISSING_SUBNET)
    ),
    "secrets": {f"SECRET_{at}": FAULTS[name][0]["secrets"]["SECRET"] for at, name in enumerate(SECRETS)},
}


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

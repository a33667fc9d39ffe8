"""Refusals of permissions: actions that AWS does not have, resources that they do not take, grants as wide as `*`."""

from __future__ import annotations

import pytest

from colonnade.model.service.iam_actions import takes
from colonnade.model.service.permissions import Allow
from tests.support.specs import deployment, problems_of, resolved, service

BUCKET = "arn:aws:s3:::acme-invoices"


def problems(*actions: str, on: tuple[str, ...]) -> list[str]:
    allow = Allow(actions=actions, resources=on)
    found = problems_of(deployment(service(permissions=(allow,))))
    return [problem.removeprefix("deployment 'shop', service 'orders': permissions[0].") for problem in found]


@pytest.mark.parametrize(
    ("actions", "resources"),
    [
        (("s3:GetObject", "s3:PutObject"), (f"{BUCKET}/*",)),
        (("s3:ListBucket", "s3:GetObject"), (BUCKET, f"{BUCKET}/reports/*")),
        (("sqs:SendMessage",), ("arn:aws:sqs:eu-west-1:123456789012:mails",)),
        (("dynamodb:GetItem",), ("arn:aws:dynamodb:eu-west-1:123456789012:table/orders",)),
        (("bedrock:InvokeModel",), ("arn:aws:bedrock:eu-west-1::foundation-model/*",)),
        (("s3:ListAllMyBuckets", "sts:GetCallerIdentity"), ("*",)),
    ],
)
def test_named_actions_on_named_resources_are_accepted(actions: tuple[str, ...], resources: tuple[str, ...]) -> None:
    assert problems(*actions, on=resources) == []


@pytest.mark.parametrize(
    ("actions", "resources", "start"),
    [
        (("s3:*",), (f"{BUCKET}/*",), "actions 's3:*' contains a wildcard"),
        (("s3:GetObjct",), (f"{BUCKET}/*",), "actions 's3:GetObjct' is not an action of AWS"),
        (("s3x:GetObject",), (f"{BUCKET}/*",), "actions 's3x:GetObject' names 's3x', which is not a service of AWS"),
        (("GetObject",), (f"{BUCKET}/*",), "actions 'GetObject' is not an action"),
        ((), (f"{BUCKET}/*",), "actions is empty"),
        (("s3:GetObject",), (), "resources is empty"),
        (("s3:GetObject",), ("*",), "resources '*' is as wide as '*'"),
        (("s3:GetObject",), ("arn:aws:s3:::*",), "resources 'arn:aws:s3:::*' is as wide as '*'"),
        (("s3:GetObject",), ("acme-invoices",), "resources 'acme-invoices' is not an ARN"),
        (("s3:GetObject",), ("arn:aws:s3:::{env}-x/*",), "resources 'arn:aws:s3:::{env}-x/*' has an unknown"),
        (("s3:ListBucket",), (f"{BUCKET}/*",), f"resources '{BUCKET}/*' is not a resource that 's3:ListBucket' takes"),
        (("s3:GetObject", "s3:ListBucket"), (BUCKET,), "resources has no resource that 's3:GetObject' takes"),
        (("s3:ListAllMyBuckets",), (BUCKET,), "resources: 's3:ListAllMyBuckets' cannot be limited to a resource"),
        (("s3:ListAllMyBuckets", "s3:GetObject"), ("*",), "resources: 's3:ListAllMyBuckets' cannot be limited"),
    ],
)  # fmt: skip
def test_each_wrong_permission_has_one_problem(
    actions: tuple[str, ...], resources: tuple[str, ...], start: str
) -> None:
    (problem,) = problems(*actions, on=resources)
    assert problem.startswith(start)


def test_a_resource_with_wildcards_may_be_of_any_kind_that_it_matches() -> None:
    assert takes("s3:GetObject", "arn:aws:s3:::acme-*")
    assert takes("sqs:SendMessage", "arn:aws:sqs:*:123456789012:mail?")
    assert not takes("sqs:SendMessage", "arn:aws:sns:eu-west-1:123456789012:mails")


def test_permissions_are_resolved_as_declared() -> None:
    allow = Allow(actions=("s3:GetObject",), resources=(f"{BUCKET}/*",))
    assert resolved(deployment(service(permissions=(allow,)))).service("orders").permissions == (allow,)


def test_placeholders_stand_for_the_values_of_the_environment() -> None:
    queue = "arn:aws:sqs:{region}:{account_id}:{project}-{environment}-mails"
    assert problems("sqs:SendMessage", on=(queue,)) == []
    allow = Allow(actions=("sqs:SendMessage",), resources=(queue,))
    (found,) = resolved(deployment(service(permissions=(allow,)))).service("orders").permissions
    assert found.resources == ("arn:aws:sqs:eu-west-1:999988887777:colonnade-test-mails",)

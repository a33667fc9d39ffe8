"""IAM actions gained and lost, and grants that are as wide as `*`.

Reads every policy document in a plan, whatever resource holds it, and attachments of AWS managed policies.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from colonnade.review.plan.document import Change
from colonnade.review.plan.resource_index import ResourceIndex, template
from colonnade.review.plan.values import UNKNOWN, blocks, is_known

ONLY_ON_ANYTHING = frozenset(
    {
        "ec2:describeavailabilityzones",
        "ecr:getauthorizationtoken",
        "ssmmessages:createcontrolchannel",
        "ssmmessages:createdatachannel",
        "ssmmessages:opencontrolchannel",
        "ssmmessages:opendatachannel",
        "sts:getcalleridentity",
        "xray:puttelemetryrecords",
        "xray:puttracesegments",
    }
)
"""Actions, in lower case, that cannot be limited to a resource, so that `*` is the only choice:
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html"""

_DOCUMENTS = ("policy", "assume_role_policy", "policy_document")
_OWN_RESOURCE_ONLY = ("aws_kms_key", "aws_kms_key_policy")
"""In a key's policy `*` is that key, and its account's root with kms:* is AWS's own default:
https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html"""
_ATTACHMENTS = (
    "aws_iam_role_policy_attachment",
    "aws_iam_user_policy_attachment",
    "aws_iam_group_policy_attachment",
    "aws_iam_policy_attachment",
)
_WIDE_MANAGED = re.compile(
    r"^arn:aws[a-z-]*:iam::aws:policy/(.*/)?(AdministratorAccess|PowerUserAccess|\w*FullAccess)$"
)
_REFERENCE = re.compile(r"\$\{([a-z0-9_]+\.[\w-]+)\.(\w+)\}")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Grant:
    """One action on one resource that one statement allows or denies."""

    effect: str
    action: str
    resource: str
    principal: str = ""
    conditions: str = ""
    """JSON text; empty if there are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChange:
    """The grants that a resource's policies have on one side only."""

    change: Change
    gained: tuple[Grant, ...]
    lost: tuple[Grant, ...]
    unreadable: bool
    """It changes, and one side is sensitive, or not known yet and not in the configuration either."""

    @property
    def widenings(self) -> tuple[str, ...]:
        """Why gained grants are as wide as `*`, each reason once; none for grants that the policy had before."""
        return tuple(dict.fromkeys(reason for grant in self.gained for reason in _reasons(self.change.type, grant)))


def policy_changes(changes: Sequence[Change], index: ResourceIndex) -> tuple[PolicyChange, ...]:
    """Return every resource whose policies allow or deny something else after the plan."""
    found = (_policy_change(change, index) for change in changes if not change.deposed)
    return tuple(each for each in found if each.gained or each.lost or each.unreadable)


def _policy_change(change: Change, index: ResourceIndex) -> PolicyChange:
    texts = [_texts(change, index, after=after) for after in (False, True)]
    # A sensitive or unknown text cannot be compared, and need not be if it stays the same.
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
    # A bucket's attributes show the policy that another resource attaches to it.
    names = [name for name in _DOCUMENTS if name in values and (name in change.arguments or not change.arguments)]
    texts = [_readable(change, name, index) if after else values[name] for name in names]
    return [*texts, *(each.get("policy") for each in blocks(values.get("inline_policy")))]


def _attached(change: Change, *, after: bool) -> set[Grant]:
    """Return the grant that an attachment of a managed policy makes."""
    policy = (change.side(after=after) or {}).get("policy_arn")
    if change.type not in _ATTACHMENTS or not isinstance(policy, str):
        return set()
    return {Grant(effect="Allow", action="everything that the policy allows", resource=policy)}


def _readable(change: Change, name: str, index: ResourceIndex) -> Any:
    """Return the policy's text; if it is not known yet, the configuration's text with references left in."""
    value = (change.after or {}).get(name)
    text = template(change, name) if value is UNKNOWN else None
    if text is None:
        return value
    resolved = _REFERENCE.sub(lambda reference: index.known(reference[1], reference[2]) or reference[0], text)
    return resolved if resolved.lstrip().startswith("{") else value


def grants(text: str) -> Iterator[Grant]:
    """Yield every grant of a policy document; nothing for any other text."""
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
    actions = [*_words(statement, "Action"), *(f"everything but {word}" for word in _words(statement, "NotAction"))]
    resources = [*_words(statement, "Resource"), *(f"everything but {w}" for w in _words(statement, "NotResource"))]
    principals = [
        *_principals(statement, "Principal"),
        *(f"everyone but {p}" for p in _principals(statement, "NotPrincipal")),
    ]
    conditions = json.dumps(statement["Condition"], sort_keys=True) if statement.get("Condition") else ""
    for action in actions:
        for resource in resources or [""]:
            for principal in principals or [""]:
                yield Grant(effect=effect, action=action, resource=resource, principal=principal, conditions=conditions)


def _words(statement: Mapping[str, Any], name: str) -> list[str]:
    return [str(word) for word in _as_list(statement.get(name, []))]


def _principals(statement: Mapping[str, Any], name: str) -> list[str]:
    value = statement.get(name, [])
    if isinstance(value, Mapping):
        return [str(each) for names in value.values() for each in _as_list(names)]
    return [str(each) for each in _as_list(value)]


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _reasons(type_: str, grant: Grant) -> Iterator[str]:
    if grant.effect != "Allow":
        return
    if _is_wild(grant.principal) or grant.principal.startswith("everyone but"):
        yield "allows everyone (principal `*`)"
    if type_ in _ATTACHMENTS:
        if _WIDE_MANAGED.match(grant.resource):
            yield f"attaches {grant.resource.rpartition('/')[2]}"
    elif type_ not in _OWN_RESOURCE_ONLY:
        yield from _wide_action(grant)
        yield from _wide_resource(grant)


def _wide_action(grant: Grant) -> Iterator[str]:
    if grant.action.startswith("everything but"):
        yield "allows every action but some (NotAction)"
        return
    service, _, operation = grant.action.rpartition(":")
    if _is_wild(operation):
        yield (
            "allows every action (`*`)"
            if _is_wild(service) or not service
            else f"allows every action of {service} (`{service}:*`)"
        )


def _wide_resource(grant: Grant) -> Iterator[str]:
    if grant.resource.startswith("everything but"):
        yield "reaches every resource but some (NotResource)"
    elif grant.action.lower() not in ONLY_ON_ANYTHING and _is_any_resource(grant.resource):
        yield f"reaches every resource (`{grant.resource}`)"


def _is_any_resource(resource: str) -> bool:
    """Return whether it is `*`, or an ARN whose last part, the resource, consists of wildcards."""
    last = resource.split(":", 5)[-1] if resource.startswith("arn:") else resource
    return _is_wild(last.replace("/", "").replace(":", "")) and last != ""


def _is_wild(word: str) -> bool:
    return "*" in word and set(word) <= {"*", "?"}

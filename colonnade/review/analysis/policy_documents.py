"""Policy documents: the arguments that hold one, and the grants of its statements."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from colonnade.review.plan.document import Change
from colonnade.review.plan.resource_index import ResourceIndex
from colonnade.review.plan.values import UNKNOWN, blocks, is_known

DOCUMENTS = (
    "policy",
    "assume_role_policy",
    "policy_document",
    "access_policy",
    "access_policies",
    "resource_policy",
    "inline_policy",
)
"""The arguments that hold a policy document."""
EVERYTHING_EXCEPT = "everything except"
EVERYONE_EXCEPT = "everyone except"
TOO_MANY = "more grants than the review compares"
_MOST_GRANTS = 100_000
"""About one second. A policy of 20 KB, the most of a bucket, can hold a thousand times as many."""
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

    def tests(self) -> Iterator[tuple[str, str, list[str]]]:
        """Yield the operator, the key in lower case and the values of each condition."""
        found = json.loads(self.conditions) if self.conditions else {}
        for operator, tests in found.items() if isinstance(found, Mapping) else ():
            for key, values in tests.items() if isinstance(tests, Mapping) else ():
                yield str(operator), str(key).lower(), [str(each) for each in _as_list(values)]


def documents(change: Change, index: ResourceIndex, *, after: bool) -> list[Any]:
    """Return every policy document of a resource on one side; a sensitive or unknown one as its placeholder."""
    values = change.side(after=after)
    if values is None:
        return []
    # A bucket's own attribute `policy` repeats the policy that another resource attaches to it.
    names = [name for name in DOCUMENTS if name in values and (name in change.arguments or not change.arguments)]
    found = [_readable(change, name, index) if after else values[name] for name in names]
    inline = (each.get("policy") for each in blocks(values.get("inline_policy")))
    return [*(each for each in found if not isinstance(each, list)), *inline]


def _readable(change: Change, name: str, index: ResourceIndex) -> Any:
    """Return the policy document.

    If it is not known yet, return the document in the configuration, which contains references instead of ARNs.
    """
    value = (change.after or {}).get(name)
    text = change.template(name) if value is UNKNOWN else None
    if text is None:
        return value
    resolved = _REFERENCE.sub(lambda reference: index.known(reference[1], reference[2]) or reference[0], text)
    return resolved if resolved.lstrip().startswith("{") else value


def grants(text: Any) -> Iterator[Grant]:
    """Yield every grant of a policy document; yield nothing for any other value.

    A document with too many grants has a single one, whose action is `TOO_MANY` with a digest of the document.
    """
    if not is_known(text):
        return
    try:
        document = json.loads(str(text))
    except ValueError:
        return
    statements = document.get("Statement", []) if isinstance(document, dict) else []
    read = [each for each in _as_list(statements) if isinstance(each, dict)]
    if sum(map(_size, read)) > _MOST_GRANTS:
        digest = hashlib.blake2b(str(text).encode(errors="replace"), digest_size=8).hexdigest()
        yield Grant(effect="Allow", action=f"{TOO_MANY} ({digest})", resource="")
        return
    for statement in read:
        yield from _of_statement(statement)


def _size(statement: Mapping[str, Any]) -> int:
    """Return the number of grants of a statement."""
    parts = (("Action", "NotAction"), ("Resource", "NotResource"))
    counts = [sum(len(_strings(statement, name)) for name in names) or 1 for names in parts]
    principals = sum(len(_principals(statement, name)) for name in ("Principal", "NotPrincipal")) or 1
    return math.prod(counts) * principals


def _of_statement(statement: Mapping[str, Any]) -> Iterator[Grant]:
    effect = str(statement.get("Effect", "Allow"))
    actions = [
        *_strings(statement, "Action"),
        *(f"{EVERYTHING_EXCEPT} {each}" for each in _strings(statement, "NotAction")),
    ]
    resources = [
        *_strings(statement, "Resource"),
        *(f"{EVERYTHING_EXCEPT} {each}" for each in _strings(statement, "NotResource")),
    ]
    principals = [
        *_principals(statement, "Principal"),
        *(f"{EVERYONE_EXCEPT} {each}" for each in _principals(statement, "NotPrincipal")),
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

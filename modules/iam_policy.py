"""IAM policy documents: statements -> JSON string. Pure functions.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

_VERSION = "2012-10-17"
"""The current version of the policy language."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A policy statement. A trust or resource policy has principals; the policy of a role has none."""

    sid: str
    effect: Literal["Allow", "Deny"] = "Allow"
    actions: tuple[str, ...]
    resources: tuple[str, ...] = ()
    """ARNs; empty only in a trust policy, whose resource is the role itself."""
    principals: Mapping[str, str] = field(default_factory=dict)
    """Principals by kind, such as Service; `{"*": "*"}` is everyone."""
    conditions: Mapping[str, Mapping[str, str | list[str]]] = field(default_factory=dict)
    """Operator -> condition key -> value, or a list of values of which one must match."""

    def as_document(self) -> dict[str, object]:
        document: dict[str, object] = {"Sid": self.sid, "Effect": self.effect, "Action": list(self.actions)}
        if self.resources:
            document["Resource"] = list(self.resources)
        if self.principals:
            document["Principal"] = "*" if "*" in self.principals else dict(self.principals)
        if self.conditions:
            document["Condition"] = {operator: dict(test) for operator, test in self.conditions.items()}
        return document


def policy(*statements: Statement) -> str:
    """Return the policy document as a JSON string; keys are sorted, so equal statements give equal strings."""
    document = {"Version": _VERSION, "Statement": [statement.as_document() for statement in statements]}
    return json.dumps(document, sort_keys=True)

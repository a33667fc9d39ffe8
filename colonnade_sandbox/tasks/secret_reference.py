"""The secret or parameter that `valueFrom` of a container's secret names. No I/O.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html and
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-ssm-paramstore.html
"""

from __future__ import annotations

from dataclasses import dataclass

_ARN_FIELDS = 7
"""arn:PARTITION:secretsmanager:REGION:ACCOUNT:secret:NAME"""
_TAIL_FIELDS = 3
""":JSON-KEY:VERSION-STAGE:VERSION-ID, of which each may be empty"""


class SecretReferenceError(Exception):
    """An ARN of Secrets Manager that ECS cannot read, with the message of ECS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretReference:
    """A secret of Secrets Manager, one of its versions, or one key of its JSON."""

    arn: str
    """The ARN of the secret, with or without the six random characters at its end."""
    json_key: str = ""
    """Empty for the whole secret."""
    version_stage: str = ""
    """Empty for AWSCURRENT, or if `version_id` selects the version."""
    version_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterReference:
    """A parameter of Systems Manager, by name or by ARN."""

    name: str


def parse(value_from: str) -> SecretReference | ParameterReference:
    """Return the reference of a `valueFrom`.

    Any string other than an ARN of Secrets Manager is the name of a parameter. Raises SecretReferenceError for an ARN
    with an incomplete tail.
    """
    fields = value_from.split(":")
    if fields[0] != "arn" or fields[2:3] != ["secretsmanager"]:
        return ParameterReference(name=value_from)
    arn, tail = ":".join(fields[:_ARN_FIELDS]), fields[_ARN_FIELDS:]
    if len(fields) < _ARN_FIELDS or len(tail) not in (0, _TAIL_FIELDS):
        raise SecretReferenceError("unexpected ARN format with parameters when trying to retrieve ASM secret")
    json_key, version_stage, version_id = tail if tail else ("", "", "")
    return SecretReference(arn=arn, json_key=json_key, version_stage=version_stage, version_id=version_id)

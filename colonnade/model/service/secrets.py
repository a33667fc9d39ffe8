"""Secrets that a container receives as environment variables: a secret of Secrets Manager or a parameter of SSM.

Terraform never reads a value: ECS resolves the ARN when it starts a task, with the execution role. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass

from colonnade.model import aws_limits
from colonnade.model.declared import Declared
from colonnade.model.errors import Fault


@dataclass(frozen=True, slots=True)
class SecretsManagerSecret(Declared):
    """A secret of AWS Secrets Manager, as the value of an environment variable."""

    name: str
    """The secret's name in the environment's account and region, or the ARN of a secret elsewhere.

    Rule: 1 to 512 letters, digits and the characters / _ + = . @ -; it does not end with a hyphen and six letters or
    digits, as the suffix of an ARN does.
    AWS: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
    Example: "shop/payment"
    """
    _: KW_ONLY
    json_key: str | None = None
    """The key of the secret's JSON whose value is used. None: the whole secret.

    Rule: not empty, without a colon.
    AWS: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
    Example: "key"
    """
    kms_key_arn: str | None = None
    """The KMS key of your own that encrypts the secret. None: the key aws/secretsmanager, which needs no permission.

    Rule: the ARN of a key.
    AWS: https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html
    Example: "arn:aws:kms:eu-west-1:111111111111:key/0a1b2c3d-1111-2222-3333-444455556666"
    """

    def arn(self, account_id: str, region: str) -> str:
        """Return the secret's ARN, without the random suffix for a secret that is declared by name."""
        return self.name if _is_arn(self.name) else f"arn:aws:secretsmanager:{region}:{account_id}:secret:{self.name}"

    def value_from(self, account_id: str, region: str) -> str:
        """Return `valueFrom` of the container definition: the ARN, and the JSON key if there is one."""
        arn = self.arn(account_id, region)
        return arn if self.json_key is None else f"{arn}:{self.json_key}::"

    def readable_arn(self, account_id: str, region: str) -> str:
        """Return the ARN for the execution role's permission. Wildcards match the random suffix of six characters.

        https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_iam-policies.html
        """
        arn = self.arn(account_id, region)
        return arn if re.search(_ARN_SUFFIX, arn) is not None else f"{arn}-??????"


@dataclass(frozen=True, slots=True)
class SsmParameter(Declared):
    """A parameter of the Systems Manager Parameter Store, as the value of an environment variable."""

    name: str
    """The parameter's name in the environment's account and region, or the ARN of a parameter elsewhere.

    Rule: 1 to 1011 letters, digits and the characters / _ . -; a name with a slash begins with one.
    AWS: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
    Example: "/shop/flags"
    """
    _: KW_ONLY
    kms_key_arn: str | None = None
    """The KMS key of your own that encrypts a SecureString. None: the key aws/ssm, which needs no permission.

    Rule: the ARN of a key.
    AWS: https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html
    Example: "arn:aws:kms:eu-west-1:111111111111:key/0a1b2c3d-1111-2222-3333-444455556666"
    """

    def value_from(self, account_id: str, region: str) -> str:
        """Return the parameter's ARN."""
        if _is_arn(self.name):
            return self.name
        return f"arn:aws:ssm:{region}:{account_id}:parameter/{self.name.removeprefix('/')}"


Secret = SecretsManagerSecret | SsmParameter

_ARN_SUFFIX = r"-[A-Za-z0-9]{6}$"
_SECRET_NAME = rf"[A-Za-z0-9/_+=.@-]{{1,{aws_limits.SECRET_NAME_LENGTH}}}"
_PARAMETER_NAME = r"/?[A-Za-z0-9_.-]+|(/[A-Za-z0-9_.-]+)+"
_SECRET_ARN = r"arn:aws:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+-[A-Za-z0-9]{6}"  # noqa: S105 - a pattern
_PARAMETER_ARN = r"arn:aws:ssm:[a-z0-9-]+:[0-9]{12}:parameter/[A-Za-z0-9_./-]+"
_KEY_ARN = r"arn:aws:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+"


def secret_faults(field: str, secret: Secret) -> Iterator[Fault]:
    """Yield the faults of a declared secret; `field` is its place, such as 'secrets.PAYMENT_KEY'."""
    if isinstance(secret, SecretsManagerSecret):
        yield from _secret_name_faults(field, secret.name)
        if secret.json_key is not None and (not secret.json_key or ":" in secret.json_key):
            fix = "write the key of the secret's JSON, or remove json_key for the whole secret"
            yield Fault(f"{field}.json_key {secret.json_key!r} is empty or contains a colon", fix)
    else:
        yield from _parameter_name_faults(field, secret.name)
    if secret.kms_key_arn is not None and re.fullmatch(_KEY_ARN, secret.kms_key_arn) is None:
        yield Fault(
            f"{field}.kms_key_arn {secret.kms_key_arn!r} is not the ARN of a KMS key",
            "write it as arn:aws:kms:REGION:ACCOUNT:key/ID; an alias does not work in a policy",
        )


def _secret_name_faults(field: str, name: str) -> Iterator[Fault]:
    if _is_arn(name):
        if re.fullmatch(_SECRET_ARN, name) is None:
            fix = "write arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-SUFFIX, and the key of its JSON as json_key"
            yield Fault(f"{field}.name {name!r} is not the whole ARN of a secret", fix)
    elif re.fullmatch(_SECRET_NAME, name) is None:
        yield Fault(
            f"{field}.name {name!r} is not the name of a secret",
            f"use 1 to {aws_limits.SECRET_NAME_LENGTH} letters, digits and the characters / _ + = . @ -",
        )
    elif re.search(_ARN_SUFFIX, name) is not None:
        # AWS interprets such an end as the random suffix of an ARN, and finds another secret or none:
        # https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html (SecretId)
        yield Fault(
            f"{field}.name {name!r} ends with a hyphen and six characters, as the suffix of an ARN does",
            "write the secret's whole ARN",
        )


def _parameter_name_faults(field: str, name: str) -> Iterator[Fault]:
    if _is_arn(name):
        if re.fullmatch(_PARAMETER_ARN, name) is None:
            fix = "write it as arn:aws:ssm:REGION:ACCOUNT:parameter/NAME"
            yield Fault(f"{field}.name {name!r} is not the ARN of a parameter", fix)
    elif re.fullmatch(_PARAMETER_NAME, name) is None or len(name) > aws_limits.PARAMETER_NAME_LENGTH:
        yield Fault(
            f"{field}.name {name!r} is not the name of a parameter",
            "use letters, digits and the characters _ . - between slashes; begin a path with a slash: '/shop/flags'",
        )


def _is_arn(name: str) -> bool:
    return name.startswith("arn:")

"""The values of a task's secrets, read when the task starts: `valueFrom` -> Secrets Manager or SSM -> value.

The policies of the task's execution role must allow it to read each of them.
No message of this module contains a value.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from colonnade_sandbox.tasks.role_policies import IamClients, RoleError, RoleSession
from colonnade_sandbox.tasks.secret_reference import ParameterReference, SecretReference, SecretReferenceError, parse

_SECRETS_MANAGER = "unable to retrieve secret from asm: service call has been retried 1 time(s)"
_PARAMETERS = "unable to retrieve secrets from ssm: service call has been retried 1 time(s)"
_NOT_PULLED = "ResourceInitializationError: unable to pull secrets or registry auth"
_NOT_FOUND = "ResourceNotFoundException: Secrets Manager can't find the specified secret."
_NO_KEY = "retrieved secret from Secrets Manager did not contain json key"
_NO_PARAMETER = "invalid ssm parameters"


class SecretsError(Exception):
    """A secret that the task cannot get. The message is the stopped reason of ECS.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
    """


def is_missing_secret(reason: str) -> bool:
    """Return True if the stopped reason names a secret, a key of it or a parameter that does not exist."""
    return reason.startswith(_NOT_PULLED) and any(each in reason for each in (_NOT_FOUND, _NO_KEY, _NO_PARAMETER))


class SecretClients(IamClients, Protocol):
    """The boto3 clients that read secrets and roles."""

    @property
    def secretsmanager(self) -> Any: ...
    @property
    def ssm(self) -> Any: ...


class SecretReader:
    """A reader of secrets. It keeps no value."""

    def __init__(self, aws: SecretClients) -> None:
        self._aws = aws

    def values(self, secrets: Mapping[str, str], *, execution_role_arn: str, task_id: str) -> dict[str, str]:
        """Return the value of each variable; `secrets` has `valueFrom` by the variable's name.

        Raises SecretsError if one of them cannot be read.
        """
        if not secrets:
            return {}
        try:
            role = RoleSession.assume(self._aws, role_arn=execution_role_arn, name=task_id)
        except RoleError as error:
            raise SecretsError(str(error)) from error
        try:
            references = {name: parse(value_from) for name, value_from in secrets.items()}
        except SecretReferenceError as error:
            raise _not_pulled(f"{_SECRETS_MANAGER}: {error}") from error
        parameters = {name: each for name, each in references.items() if isinstance(each, ParameterReference)}
        return self._parameters(parameters, role) | {
            name: self._secret(each, role) for name, each in references.items() if isinstance(each, SecretReference)
        }

    def _secret(self, reference: SecretReference, role: RoleSession) -> str:
        version = {"VersionStage": reference.version_stage, "VersionId": reference.version_id}
        request = {"SecretId": reference.arn} | {name: value for name, value in version.items() if value}
        try:
            secret = self._aws.secretsmanager.get_secret_value(**request)
        except ClientError as error:
            details = error.response["Error"]
            raise _not_fetched(reference, f"{details['Code']}: {details['Message']}") from error
        except BotoCoreError as error:
            raise _not_pulled(f"{_SECRETS_MANAGER}: {error}") from error
        if not secret["ARN"].startswith(reference.arn):  # the emulator ignores the ARN's region and account
            raise _not_fetched(reference, _NOT_FOUND)
        try:
            role.require("secretsmanager:GetSecretValue", secret["ARN"])
        except RoleError as error:
            raise _not_fetched(reference, str(error)) from error
        text = str(secret["SecretString"])
        return _json_value(text, reference.json_key) if reference.json_key else text

    def _parameters(self, references: Mapping[str, ParameterReference], role: RoleSession) -> dict[str, str]:
        found = {name: self._parameter(reference.name, role) for name, reference in references.items()}
        missing = [references[name].name for name, value in found.items() if value is None]
        if missing:
            raise _not_pulled(f"{_PARAMETERS}: {_NO_PARAMETER}: {', '.join(missing)}")
        return {name: value for name, value in found.items() if value is not None}

    def _parameter(self, name: str, role: RoleSession) -> str | None:
        try:
            found = self._aws.ssm.get_parameters(Names=[name], WithDecryption=True)["Parameters"]
            if not found or (name.startswith("arn:") and found[0]["ARN"] != name):
                return None
            role.require("ssm:GetParameters", found[0]["ARN"])
        except (BotoCoreError, ClientError, RoleError) as error:
            raise _not_pulled(f"{_PARAMETERS}: {error}") from error
        return str(found[0]["Value"])


def _not_pulled(reason: str) -> SecretsError:
    return SecretsError(f"{_NOT_PULLED}: execution resource retrieval failed: {reason}")


def _not_fetched(reference: SecretReference, reason: str) -> SecretsError:
    return _not_pulled(f"{_SECRETS_MANAGER}: failed to fetch secret {reference.arn} from secrets manager: {reason}")


def _json_value(secret: str, key: str) -> str:
    """Return the value of a key of a secret's JSON; a value that is no string keeps its JSON form."""
    try:
        document = json.loads(secret)
    except ValueError:
        # ECS's message also quotes the first wrong character. It is omitted here, because it is part of the value.
        raise _not_pulled(f"{_SECRETS_MANAGER}: invalid character looking for beginning of value") from None
    if not isinstance(document, dict) or key not in document:
        raise _not_pulled(f"{_SECRETS_MANAGER}: {_NO_KEY} {key}")
    value = document[key]
    return value if isinstance(value, str) else json.dumps(value)

"""The AWS of a task: its region, the emulator's address, and temporary credentials of its task role.

    task -> AWS_CONTAINER_CREDENTIALS_FULL_URI, with the token of this task alone -> `AwsAccess` -> AssumeRole -> keys

An SDK in a task needs no configuration. On Fargate, AWS_CONTAINER_CREDENTIALS_RELATIVE_URI leads to 169.254.170.2. Here
the endpoint is on loopback, the only other place from which SDKs accept credentials over HTTP:
https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Protocol

from colonnade_sandbox.tasks.credentials_server import CredentialsServer

_CREDENTIALS_LAST_SECONDS = 3600
"""SDKs request new ones a few minutes before these expire."""


class AccessClients(Protocol):
    """The address of the AWS API, and the boto3 client that assumes roles."""

    @property
    def endpoint(self) -> str: ...
    @property
    def sts(self) -> Any: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Grant:
    task_id: str
    role_arn: str


class AwsAccess:
    """The access of all tasks, with a server of its own that listens from its creation until `close`."""

    def __init__(self, aws: AccessClients) -> None:
        self._aws = aws
        self._grants: dict[str, _Grant] = {}
        self._server = CredentialsServer(self._credentials)

    def variables(self, *, task_id: str, role_arn: str, region: str) -> Mapping[str, str]:
        """Return the variables that a task's containers get; without a task role, `role_arn` is empty.

        A task without a role finds no credentials, not even those of the machine that runs the sandbox.
        """
        own = {
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_EXECUTION_ENV": "AWS_ECS_FARGATE",
            "AWS_ENDPOINT_URL": self._aws.endpoint,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        if not role_arn:
            return own
        token = secrets.token_urlsafe(32)
        self._grants[token] = _Grant(task_id=task_id, role_arn=role_arn)
        return own | {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": self._server.url,
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": token,
        }

    def _credentials(self, token: str) -> Mapping[str, str] | None:
        """Return new credentials of the role of the token's task, or None if no running task has the token."""
        grant = self._grants.get(token)
        if grant is None:
            return None
        keys = self._aws.sts.assume_role(
            RoleArn=grant.role_arn, RoleSessionName=grant.task_id, DurationSeconds=_CREDENTIALS_LAST_SECONDS
        )["Credentials"]
        return {
            "RoleArn": grant.role_arn,
            "AccessKeyId": keys["AccessKeyId"],
            "SecretAccessKey": keys["SecretAccessKey"],
            "Token": keys["SessionToken"],
            "Expiration": keys["Expiration"].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }

    def ended(self, task_id: str) -> None:
        """Give the task no more credentials."""
        self._grants = {token: grant for token, grant in self._grants.items() if grant.task_id != task_id}

    def close(self) -> None:
        """Stop listening. Safe to call twice."""
        self._server.close()

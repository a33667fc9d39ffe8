"""The Terraform states in an environment's bucket: keys -> resources in each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from colonnade.apply.identity import AwsSession, aws_errors, error_code
from colonnade.apply.stack import Stack
from colonnade.model import naming
from colonnade.model.errors import ConfigurationError, Problem

_MISSING = {"404", "NoSuchBucket", "NotFound"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredState:
    """A state in the bucket."""

    key: str
    resources: int
    """The number of its resources; 0 after a destroy, which keeps the state itself."""

    def __str__(self) -> str:
        return f"{self.key} ({self.resources} resource{'' if self.resources == 1 else 's'})"


def require_bucket(stack: Stack, session: AwsSession) -> None:
    """Raise ConfigurationError, with the stack to apply first, if the bucket of the state does not exist."""
    from botocore.exceptions import ClientError

    if stack.bucket is None:
        return
    with aws_errors():
        try:
            session.client("s3").head_bucket(Bucket=stack.bucket)
        except ClientError as error:
            if error_code(error) not in _MISSING:
                raise
            problem = Problem(
                subject=f"environment {stack.environment.name!r}",
                message=f"the bucket of its Terraform states, {stack.bucket}, does not exist",
                fix=f"run `{stack.command('apply', naming.STATE_BACKEND_STACK)}` first",
            )
            raise ConfigurationError([problem]) from error


def recorded_resources(state: str | bytes) -> int:
    """Return the number of resources in a state, without data sources."""
    resources = json.loads(state).get("resources", [])
    return sum(len(each.get("instances", [])) for each in resources if each.get("mode") == "managed")


def stored_states(bucket: str, session: AwsSession, *, prefix: str = "") -> tuple[StoredState, ...]:
    """Return every state in the bucket, or those under a prefix; no states if the bucket does not exist."""
    from botocore.exceptions import ClientError

    s3 = session.client("s3")
    with aws_errors():
        try:
            return tuple(_stored_states(s3, bucket, prefix))
        except ClientError as error:
            if error_code(error) in _MISSING:
                return ()
            raise


def _stored_states(s3: Any, bucket: str, prefix: str) -> Iterator[StoredState]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for entry in page.get("Contents", []):
            key = entry["Key"]
            if key.endswith(".tfstate"):
                body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
                yield StoredState(key=key, resources=recorded_resources(body))

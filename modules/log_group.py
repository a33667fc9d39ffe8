"""A log group of CloudWatch Logs, with its retention, its key and its protection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from colonnade.modules.log_key import LogKey
from colonnade.modules.provider import aws


def log_group(
    scope: Any,
    id_: str,
    *,
    name: str,
    retention_days: int,
    key: LogKey | None,
    keep: bool,
    tags: Mapping[str, str] | None = None,
) -> Any:
    """Create a log group.

    With `keep`, a destroy removes it only from the Terraform state; its logs remain in AWS until they expire. While
    such a log group remains in AWS, Terraform cannot create one with the same name; `colonnade apply` imports it.
    """
    return aws.cloudwatch_log_group.CloudwatchLogGroup(
        scope,
        id_,
        name=name,
        retention_in_days=retention_days,
        kms_key_id=key.arn if key is not None else None,
        skip_destroy=True if keep else None,
        tags=tags,
    )

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
    """Create a log group. With `keep`, a destroy removes it from the state only, and its logs stay until they expire.

    A kept group prevents the creation of another one of its name; `colonnade apply` imports it.
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

"""S3 for the emulator: moto 5.2.5 applies a Deny statement even if its condition is false.

A bucket policy that denies requests without TLS would deny access to Terraform's state, also because the emulator
serves plain HTTP on loopback. Here every request counts as a request over TLS, as it is on AWS.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.models import FakeBucket

from colonnade_sandbox.control_plane.observations import Observations

_CONNECTION_KEYS = {"aws:SecureTransport", "s3:TlsVersion"}


def without_connection_conditions(policy: str) -> str:
    """Return the bucket policy without the Deny statements for connections without TLS or with an old version."""
    document = json.loads(policy)
    statements = document["Statement"]
    kept = [each for each in ([statements] if isinstance(statements, dict) else statements) if not _denies_plain(each)]
    return json.dumps({**document, "Statement": kept})


def _denies_plain(statement: Mapping[str, Any]) -> bool:
    keys = {key for tests in statement.get("Condition", {}).values() for key in tests}
    return statement["Effect"] == "Deny" and bool(keys & _CONNECTION_KEYS)


def _get_permission(bucket: FakeBucket, action: str, resource: str) -> PermissionResult:
    if bucket.policy is None:
        return PermissionResult.NEUTRAL
    policy = IAMPolicy(without_connection_conditions(bucket.policy.decode()))
    return policy.is_action_permitted(action, resource)


def install(_observations: Observations) -> None:
    """Make moto evaluate bucket policies with `_get_permission`."""
    FakeBucket.get_permission = _get_permission

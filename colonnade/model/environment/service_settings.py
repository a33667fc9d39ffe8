"""An environment's settings for one service of a deployment, which replace declared values.

Plain data; `service.overrides` merges them into the declaration before the rules check it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretSettings:
    """A secret of a service: `{ secrets_manager = "shop/payment", json_key = "key" }` or `{ ssm = "/shop/flags" }`."""

    secrets_manager: str | None = None
    """The name or the ARN of a secret of Secrets Manager.

    Rule: as `SecretsManagerSecret.name`; exactly one of this and `ssm`.
    Example: "shop/payment"
    """
    ssm: str | None = None
    """The name or the ARN of a parameter of SSM.

    Rule: as `SsmParameter.name`.
    Example: "/shop/flags"
    """
    json_key: str | None = None
    """The key of the JSON of a secret of Secrets Manager. None: the whole secret.

    Rule: as `SecretsManagerSecret.json_key`.
    Example: "key"
    """
    kms_key_arn: str | None = None
    """The KMS key of your own that encrypts it. None: AWS's key, which needs no permission.

    Rule: as `SecretsManagerSecret.kms_key_arn`.
    Example: "arn:aws:kms:eu-west-1:111111111111:key/0a1b2c3d-1111-2222-3333-444455556666"
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings:
    """A `[deployments.NAME.services.NAME]` table. A key that is not set leaves the declared value as it is."""

    desired_count: int | None = None
    """The number of tasks.

    Rule: as `Service.desired_count`.
    Example: 6
    """
    cpu_units: int | None = None
    """The CPU of a task.

    Rule: as `Service.cpu_units`.
    Example: 1024
    """
    memory_mib: int | None = None
    """The memory of a task.

    Rule: as `Service.memory_mib`.
    Example: 2048
    """
    capacity: Mapping[str, int] = field(default_factory=dict)
    """The capacity providers of its tasks, each with its weight.

    Rule: as `Service.capacity`.
    Example: {FARGATE = 1, FARGATE_SPOT = 3}
    """
    capacity_base: int | None = None
    """The number of tasks that run on FARGATE before the weights apply.

    Rule: as `Service.capacity_base`.
    Example: 2
    """
    variables: Mapping[str, str] = field(default_factory=dict)
    """Environment variables, added to the declared ones; one of the same name replaces a declared variable or secret.

    Rule: as `Service.variables`.
    Example: {LOG_LEVEL = "debug"}
    """
    secrets: Mapping[str, SecretSettings] = field(default_factory=dict)
    """Secrets, added to the declared ones; one of the same name replaces a declared secret or variable.

    Rule: as `Service.secrets`; for each `{ secrets_manager = "NAME" }` or `{ ssm = "NAME" }`.
    Example: {FLAGS = {ssm = "/shop/flags"}}
    """
    connections: tuple[str, ...] | None = None
    """The connections of the service.

    Rule: as `Service.connections`.
    Example: ["orders-db"]
    """

    @property
    def given(self) -> frozenset[str]:
        """The names of the fields that are set."""
        values = {each.name: getattr(self, each.name) for each in dataclasses.fields(self)}
        return frozenset(name for name, value in values.items() if value is not None and value != {})

"""The ECS services in a Terraform state, as `terraform state pull` returns it. No I/O."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

DEFAULT_LIMIT_SECONDS = 20 * 60.0
"""The provider's own limit for a service without `timeouts`.

https://registry.terraform.io/providers/hashicorp/aws/5.100.0/docs/resources/ecs_service#timeouts
"""

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedService:
    """An ECS service as Terraform applied it, or as a command has updated it."""

    arn: str
    name: str
    cluster: str
    """The ARN of its cluster."""
    task_definition: str
    """The ARN of the task definition that it must run."""
    limit_seconds: float
    """The time limit for its rollout, which is the `create` timeout of the service in Terraform."""
    deployment_id: str | None = None
    """The ID of the ECS deployment that must complete; None: any of the task definition."""


def applied_services(state: str) -> tuple[AppliedService, ...]:
    """Return the ECS services in a state, by name; none for the empty string, which is a state without resources."""
    resources = json.loads(state).get("resources", []) if state.strip() else []
    services = [
        _service(instance["attributes"])
        for resource in resources
        if (resource["mode"], resource["type"]) == ("managed", "aws_ecs_service")
        for instance in resource["instances"]
        if "deposed" not in instance
    ]
    return tuple(sorted(services, key=lambda service: service.name))


def _service(attributes: Mapping[str, Any]) -> AppliedService:
    timeouts = attributes.get("timeouts")
    return AppliedService(
        arn=attributes["id"],
        name=attributes["name"],
        cluster=attributes["cluster"],
        task_definition=attributes["task_definition"],
        limit_seconds=_seconds((timeouts if timeouts is not None else {}).get("create")),
    )


def _seconds(duration: str | None) -> float:
    """Return a duration of Terraform, such as '15m' or '1h30m', in seconds."""
    if duration is None:
        return DEFAULT_LIMIT_SECONDS
    return sum(float(number) * _UNITS[unit] for number, unit in re.findall(r"([\d.]+)([hms])", duration))

"""Another version of a synthesized deployment: a copy of its JSON with a few changes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from colonnade_sandbox.synthesized import Stack, read_stack


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """The changes to make; a service is named as in the catalog."""

    variables: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Environment variables of a service's container, added or replaced."""
    desired_counts: Mapping[str, int] = field(default_factory=dict)
    service_names: Mapping[str, str] = field(default_factory=dict)
    """Names in AWS, by service; a new name makes Terraform replace the ECS service."""


def write_changed(stack: Stack, changes: Changes, folder: Path) -> Stack:
    """Write the stack with the changes below `folder` and return it."""
    document = json.loads(stack.path.read_text())
    for name, variables in changes.variables.items():
        for definition in _of_service(document, "aws_ecs_task_definition", name):
            containers = json.loads(definition["container_definitions"])
            for container in containers:
                known = {each["name"]: each["value"] for each in container["environment"]}
                container["environment"] = [{"name": n, "value": v} for n, v in sorted({**known, **variables}.items())]
            definition["container_definitions"] = json.dumps(containers)
    for name, count in changes.desired_counts.items():
        for service in _of_service(document, "aws_ecs_service", name):
            service["desired_count"] = count
    for name, physical in changes.service_names.items():
        for service in _of_service(document, "aws_ecs_service", name):
            service["name"] = physical
    path = folder / "stacks" / stack.name / "cdk.tf.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))
    return read_stack(folder, stack.name)


def _of_service(document: Mapping[str, Any], kind: str, name: str) -> Iterator[dict[str, Any]]:
    found = [body for id_, body in document["resource"][kind].items() if id_.startswith(f"{name}_")]
    assert found, f"no {kind} of {name!r}"
    yield from found

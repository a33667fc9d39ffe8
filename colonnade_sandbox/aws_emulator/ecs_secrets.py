"""The checks of a container's secrets that RegisterTaskDefinition makes. No I/O.

https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Secret.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def secrets_fault(container: Mapping[str, Any], *, has_execution_role: bool) -> str | None:
    """Return the message with which ECS refuses the container definition, or None."""
    names = [each["name"] for each in container.get("secrets", [])]
    if names and not has_execution_role:
        return "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'."
    taken = {each["name"] for each in container.get("environment", [])}
    for place, name in enumerate(names):
        if name in taken or name in names[:place]:
            return (
                "The secret name must be unique and not shared with any new or existing environment variables set on "
                f"the container, such as '{name}'."
            )
    return None

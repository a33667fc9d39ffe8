"""Reads what synthesis wrote: cdktf.out/stacks/NAME/cdk.tf.json -> account, region, zones, state bucket of a stack.

Plain JSON is all that the sandbox knows of the project's infrastructure.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from colonnade_sandbox.errors import WrongInputError

STATE_BACKEND = "state-backend"
IMAGE_REPOSITORIES = "image-repositories"
SANDBOX = "sandbox"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """One synthesized stack."""

    name: str
    path: Path
    """Its cdk.tf.json."""
    account_id: str
    region: str
    environment: str
    """The value of the tag Environment."""
    zone_names: tuple[str, ...]
    """Public hosted zones that it looks up; they must exist before."""
    state_bucket: str | None
    """None where the state is a local file."""


def read_stack(synthesized: Path, name: str) -> Stack:
    """Return the stack `name` below `synthesized`; raises WrongInputError when it is missing or in another form."""
    path = synthesized / "stacks" / name / "cdk.tf.json"
    if not path.is_file():
        there = ", ".join(sorted(each.parent.name for each in synthesized.glob("stacks/*/cdk.tf.json")))
        hint = f"there are: {there}" if there else "run `colonnade synth` first"
        raise WrongInputError(f"{synthesized} holds no stack {name!r}; {hint}")
    try:
        document = json.loads(path.read_text())
        provider = document["provider"]["aws"][0]
        (account_id,) = provider["allowed_account_ids"]
        return Stack(
            name=name,
            path=path,
            account_id=account_id,
            region=provider["region"],
            environment=provider["default_tags"][0]["tags"]["Environment"],
            zone_names=tuple(_zone_names(document)),
            state_bucket=document["terraform"]["backend"].get("s3", {}).get("bucket"),
        )
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise WrongInputError(
            f"{path} is not a stack that `colonnade synth` wrote: {type(error).__name__}: {error}"
        ) from error


def require_sandbox(stack: Stack) -> None:
    """Refuse a stack of another environment, whose account, region and sizes are not meant for one machine."""
    if stack.environment != SANDBOX:
        raise WrongInputError(
            f"stack {stack.name!r} was synthesized for environment {stack.environment!r}, account {stack.account_id}; "
            f"only {SANDBOX!r} is deployed here. Run `colonnade synth -e {SANDBOX}`"
        )


def _zone_names(document: Mapping[str, Any]) -> Iterator[str]:
    for zone in document.get("data", {}).get("aws_route53_zone", {}).values():
        if not zone.get("private_zone", False):
            yield zone["name"]

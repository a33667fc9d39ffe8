"""Reader of synthesized stacks: cdktf.out/stacks/NAME/cdk.tf.json -> account, region, zones, state bucket of a stack.

The sandbox knows the project's infrastructure only from this JSON and the Terraform files beside it.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from colonnade_sandbox.errors import WrongInputError

STATE_BACKEND = "state-backend"
IMAGE_REPOSITORIES = "image-repositories"
SANDBOX = "sandbox"
LOCK_FILE = ".terraform.lock.hcl"
_REQUIRED = re.compile(r'\$\{self\.(\w+) == "([^"]*)"\}')


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """One data source: a resource that must exist before an apply of the stack."""

    kind: str
    """The type, such as 'aws_subnet'."""
    address: str
    arguments: Mapping[str, Any]
    required: Mapping[str, str]
    """The values that its postconditions require of its attributes: `self.vpc_id == "vpc-1"`."""
    conditions: tuple[str, ...]
    """Its postconditions, as Terraform's expressions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """One synthesized stack."""

    name: str
    path: Path
    """The stack's cdk.tf.json."""
    account_id: str
    region: str
    environment: str
    """The value of the tag Environment."""
    zone_names: tuple[str, ...]
    """Public hosted zones that the stack looks up. They must exist before its apply."""
    state_bucket: str | None
    """None if the state is a local file."""
    lookups: tuple[Lookup, ...] = ()
    """Its data sources."""
    domain_names: tuple[str, ...] = ()
    """The names of its alias records."""


def read_stack(synthesized: Path, name: str) -> Stack:
    """Return the stack `name` below `synthesized`. Raises WrongInputError if it is missing or has another format."""
    path = synthesized / "stacks" / name / "cdk.tf.json"
    if not path.is_file():
        there = ", ".join(sorted(each.parent.name for each in synthesized.glob("stacks/*/cdk.tf.json")))
        hint = f"its stacks: {there}" if there else "run `colonnade synth` first"
        raise WrongInputError(f"{synthesized} has no stack {name!r}; {hint}")
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
            lookups=tuple(_lookups(document)),
            domain_names=tuple(_domain_names(document)),
        )
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise WrongInputError(
            f"{path} was not written by `colonnade synth`: {type(error).__name__}: {error}"
        ) from error


def configuration_files(stack: Path) -> list[Path]:
    """Return a stack's cdk.tf.json and the Terraform files beside it, sorted: all that an apply depends on."""
    return [stack, *sorted(stack.parent.glob("*.tf"))]


def copy_configuration(stack: Path, folder: Path) -> None:
    """Copy a stack's cdk.tf.json and the Terraform files beside it, unchanged, in place of those in a folder."""
    for former in folder.glob("*.tf"):
        former.unlink()
    for file in configuration_files(stack):
        shutil.copy(file, folder)


def copy_stack(stack: Path, folder: Path) -> None:
    """Copy a stack's configuration into a folder in which Terraform has not been initialized.

    The lock file is copied too, so that `terraform init` refuses a provider with other checksums.
    """
    folder.mkdir(parents=True, exist_ok=True)
    copy_configuration(stack, folder)
    lock = stack.with_name(LOCK_FILE)
    (folder / LOCK_FILE).unlink(missing_ok=True)
    if lock.is_file():
        shutil.copy(lock, folder)


def copy_stacks(synthesized: Path, folder: Path, names: Sequence[str]) -> tuple[Stack, ...]:
    """Copy every stack below `synthesized` into `folder`; return the copies of the stacks `names`.

    Raises the errors of `read_stack`.
    """
    for name in names:
        read_stack(synthesized, name)  # read first, so that an error names the user's folder and not the copy
    for path in synthesized.glob("stacks/*/cdk.tf.json"):
        copy_stack(path, folder / path.parent.relative_to(synthesized))
    return tuple(read_stack(folder, name) for name in names)


def require_sandbox(stack: Stack) -> None:
    """Raise WrongInputError for a stack of an environment other than the sandbox: its account, region and sizes are not
    meant for one machine."""
    if stack.environment != SANDBOX:
        raise WrongInputError(
            f"stack {stack.name!r} was synthesized for environment {stack.environment!r}, account {stack.account_id}; "
            f"the sandbox deploys only {SANDBOX!r}. Run `colonnade synth -e {SANDBOX}`"
        )


def _zone_names(document: Mapping[str, Any]) -> Iterator[str]:
    for zone in document.get("data", {}).get("aws_route53_zone", {}).values():
        if not zone.get("private_zone", False) and "name" in zone:
            yield zone["name"]


def _lookups(document: Mapping[str, Any]) -> Iterator[Lookup]:
    for kind, sources in document.get("data", {}).items():
        for id_, arguments in sources.items():
            found = arguments.get("lifecycle", {}).get("postcondition", [])
            conditions = tuple(str(each["condition"]) for each in found)
            required = (_REQUIRED.fullmatch(condition) for condition in conditions)
            yield Lookup(
                kind=kind,
                address=f"data.{kind}.{id_}",
                arguments=arguments,
                required={each[1]: each[2] for each in required if each is not None},
                conditions=conditions,
            )


def _domain_names(document: Mapping[str, Any]) -> Iterator[str]:
    for record in document.get("resource", {}).get("aws_route53_record", {}).values():
        if "alias" in record:
            yield record["name"]

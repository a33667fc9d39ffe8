"""Stacks, synthesized in this process and read by resource type, for every test of constructs and stacks.

jsii starts once per test worker, and the stacks of the project's own data are cached for the whole session.
"""

from __future__ import annotations

import functools
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

import main
from colonnade.model import naming
from colonnade.model.deployment.declaration import Deployment
from colonnade.model.environment.settings import Environment
from colonnade.model.resolve import resolve
from colonnade.model.routing.rule_action import targets
from colonnade.model.terraform_files import resource_addresses
from colonnade.terraform_files import copy_terraform_files
from tests.support.project import DEPLOYMENTS, PROJECT
from tests.support.snapshots import normalized

DEPLOYMENT_NAMES = tuple(deployment.name for deployment in DEPLOYMENTS)
STACK_NAMES = (*DEPLOYMENT_NAMES, naming.STATE_BACKEND_STACK, naming.IMAGE_REPOSITORIES_STACK)
every_service = pytest.mark.parametrize(
    ("deployment", "service"),
    [
        pytest.param(deployment, service, id=f"{deployment.name}-{service.name}")
        for deployment in DEPLOYMENTS
        for service in deployment.services
    ],
)
"""A parameter set of each declared service of the project with its deployment."""
every_public_service = pytest.mark.parametrize(
    ("deployment", "service"),
    [
        pytest.param(deployment, service, id=f"{deployment.name}-{service.name}")
        for deployment in DEPLOYMENTS
        for service in deployment.services
        if service.path_prefix is not None or service.name in targets(deployment.default_action)
    ],
)
"""The same of each service that the load balancer forwards to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """One synthesized stack."""

    name: str
    text: str
    """The content of the file."""
    document: Mapping[str, Any]
    """The file without CDKTF's notes under `//`, with every JSON string parsed."""
    files: Mapping[str, str] = field(default_factory=dict)
    """The content of the Terraform files beside it, by name."""

    def resources(self, type_: str) -> dict[str, Any]:
        """Return every resource of a type, by logical id."""
        return dict(self.document["resource"].get(type_, {}))

    def only(self, type_: str, id_start: str = "") -> Any:
        """Return the only resource of a type whose logical id begins with `id_start`."""
        found = [body for id_, body in self.resources(type_).items() if id_.startswith(id_start)]
        assert len(found) == 1, f"{len(found)} of {type_} begin with {id_start!r}: {sorted(self.resources(type_))}"
        return found[0]

    def address(self, type_: str, id_start: str = "") -> str:
        """Return the Terraform address of the resource that `only` returns."""
        self.only(type_, id_start)
        return next(f"{type_}.{id_}" for id_ in self.resources(type_) if id_.startswith(id_start))

    def addresses(self) -> list[str]:
        """Return every Terraform address, sorted: data sources, then resources."""
        data = [f"data.{type_}.{id_}" for type_, bodies in self.document.get("data", {}).items() for id_ in bodies]
        resources = [f"{type_}.{id_}" for type_, bodies in self.document["resource"].items() for id_ in bodies]
        for address in (each for text in self.files.values() for each in resource_addresses(text)):
            (data if address.startswith("data.") else resources).append(address)
        return sorted(data) + sorted(resources)

    def write(self, folder: Path) -> None:
        """Write the stack's files into a folder, as synthesis does."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "cdk.tf.json").write_text(self.text, encoding="utf-8")
        for name, text in self.files.items():
            (folder / name).write_text(text, encoding="utf-8")

    def body(self, address: str) -> Any:
        """Return the resource at an address."""
        kind, id_ = address.split(".")
        return self.document["resource"][kind][id_]


def synthesize(
    environment: Environment, *deployments: Deployment, migration_phase: str | None = None
) -> dict[str, Stack]:
    """Synthesize `deployments` in `environment`; return every stack by name, without Terraform files."""
    return _synthesize(environment, deployments, migration_phase, root=None)


def _synthesize(
    environment: Environment, deployments: Sequence[Deployment], migration_phase: str | None, root: Path | None
) -> dict[str, Stack]:
    """Synthesize with the Terraform files of the project at `root`, if it is given."""
    resolved = resolve(deployments, lambda: environment, migration_phase=migration_phase)
    with tempfile.TemporaryDirectory() as folder:
        main.synthesize(environment, resolved, Path(folder))
        if root is not None:
            copy_terraform_files(root, Path(folder))
        return {stack.name: stack for stack in read_stacks(Path(folder))}


@functools.cache
def synthesized(environment: str = "sandbox", migration_phase: str = "canary") -> dict[str, Stack]:
    """Return every stack of the project in an environment, by name, with all migrations in this phase."""
    return _synthesize(PROJECT.environment(environment), DEPLOYMENTS, migration_phase, root=PROJECT.root)


def read_stacks(folder: Path) -> Iterator[Stack]:
    """Yield the stacks that a synthesis wrote into `folder`."""
    for path in sorted(folder.glob("stacks/*/cdk.tf.json")):
        text = path.read_text(encoding="utf-8")
        files = {file.name: file.read_text(encoding="utf-8") for file in sorted(path.parent.glob("*.tf"))}
        yield Stack(name=path.parent.name, text=text, document=normalized(json.loads(text)), files=files)

"""Stacks, synthesized in this process and read by resource type, for every test of constructs and stacks.

jsii starts once per test worker, and the stacks of the project's own data are cached for the whole session.
"""

from __future__ import annotations

import functools
import json
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import main
from colonnade.model import naming
from colonnade.model.deployment.declaration import Deployment
from colonnade.model.environment.settings import Environment
from colonnade.model.resolve import resolve
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """One synthesized stack."""

    name: str
    text: str
    """The content of the file."""
    document: Mapping[str, Any]
    """The file without CDKTF's notes under `//`, with every JSON string parsed."""

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
        return sorted(data) + sorted(resources)

    def body(self, address: str) -> Any:
        """Return the resource at an address."""
        kind, id_ = address.split(".")
        return self.document["resource"][kind][id_]


def synthesize(
    environment: Environment, *deployments: Deployment, migration_phase: str | None = None
) -> dict[str, Stack]:
    """Synthesize `deployments` in `environment`; return every stack by name."""
    resolved = resolve(deployments, lambda: environment, migration_phase=migration_phase)
    with tempfile.TemporaryDirectory() as folder:
        main.synthesize(environment, resolved, Path(folder))
        return {stack.name: stack for stack in read_stacks(Path(folder))}


@functools.cache
def synthesized(environment: str = "sandbox", migration_phase: str = "canary") -> dict[str, Stack]:
    """Return every stack of the project in an environment, by name, with all migrations in this phase."""
    return synthesize(PROJECT.environment(environment), *DEPLOYMENTS, migration_phase=migration_phase)


def read_stacks(folder: Path) -> Iterator[Stack]:
    """Yield the stacks that a synthesis wrote into `folder`."""
    for path in sorted(folder.glob("stacks/*/cdk.tf.json")):
        text = path.read_text(encoding="utf-8")
        yield Stack(name=path.parent.name, text=text, document=normalized(json.loads(text)))

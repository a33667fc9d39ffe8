"""One synthesized stack and its environment: main.py -> cdktf.out/stacks/NAME/cdk.tf.json -> checks.

This module does not call AWS.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from colonnade.apply.identity import placeholder_problem
from colonnade.model import naming
from colonnade.model.environment.settings import SANDBOX, Environment
from colonnade.model.errors import ConfigurationError, Problem, unknown
from colonnade.model.terraform_files import prevented_addresses, prevented_resources, resource_addresses
from colonnade.project import Project
from colonnade.synthesis import output_folder
from colonnade.synthesis import synthesize as run_synthesis
from colonnade.terminal.processes import Children


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A synthesized stack."""

    name: str
    environment: Environment
    folder: Path
    """The folder in which Terraform runs."""
    document: Mapping[str, Any]
    """The content of its cdk.tf.json."""

    @property
    def bucket(self) -> str | None:
        """The S3 bucket of its state; None if the state is a local file."""
        name: str | None = self._backend.get("bucket")
        return name

    @property
    def state(self) -> str:
        """The key of its state in the bucket, or the path of its local state, relative to the folder."""
        return str(self._backend["key" if self.bucket is not None else "path"])

    @property
    def prevented(self) -> frozenset[str]:
        """The addresses of the resources with `prevent_destroy`, such as 'aws_s3_bucket.this'.

        The JSON of a plan does not show this setting.
        """
        added = (address for text in self._files().values() for address in prevented_addresses(text))
        return frozenset([*prevented_resources(self.document), *added])

    @property
    def added(self) -> Mapping[str, str]:
        """The file of each resource in the project's own Terraform files, by address."""
        return {address: file for file, text in self._files().items() for address in resource_addresses(text)}

    def _files(self) -> Mapping[str, str]:
        """Return the content of each of the project's own Terraform files, by its path in the project."""
        files = sorted(self.folder.glob("*.tf"))
        return {f"deployments/{self.name}.tf/{file.name}": file.read_text(encoding="utf-8") for file in files}

    @property
    def _backend(self) -> Mapping[str, Any]:
        (settings,) = self.document["terraform"]["backend"].values()
        return dict(settings)

    def command(self, verb: str, stack: str | None = None) -> str:
        """Return a command line for this environment, for the fix of a message."""
        return f"colonnade {verb} {stack if stack is not None else self.name} -e {self.environment.name}"


def load_environment(name: str, root: Path) -> Environment:
    """Return the environment; raises ConfigurationError if it is the sandbox or has a placeholder account."""
    project = Project(root=root)
    environment = project.environment(name)
    problems: list[Problem] = []
    if environment.documentation_account:
        problems.append(placeholder_problem(environment))
    if name == SANDBOX and "AWS_ENDPOINT_URL" not in os.environ:
        others = ", ".join(other for other in project.environment_names() if other != SANDBOX)
        message = "it belongs to the AWS emulator and has no AWS account"
        fix = f"choose another environment: {others}; `colonnade sandbox up` deploys this one"
        problems.append(Problem(subject=f"environment {name!r}", message=message, fix=fix))
    if problems:
        raise ConfigurationError(problems)
    return environment


def synthesize(name: str, environment: Environment, *, root: Path, children: Children) -> Stack:
    """Run the project's main.py and return the stack of that name."""
    output = root / output_folder()
    # The state bucket and the image repositories are applied before any image is pinned.
    foundation = name in naming.RESERVED_STACK_NAMES
    run_synthesis(children, root, environment=environment.name, folder=output, foundation=foundation)
    return _read(name, environment, output)


def _read(name: str, environment: Environment, output: Path) -> Stack:
    # The folder may also hold stacks of other environments and stacks that are no longer declared.
    names = list(json.loads((output / "manifest.json").read_text(encoding="utf-8"))["stacks"])
    if name not in names:
        raise ConfigurationError([unknown("stack", name, names, label="synthesized")])
    folder = output / "stacks" / name
    document = json.loads((folder / "cdk.tf.json").read_text(encoding="utf-8"))
    return Stack(name=name, environment=environment, folder=folder, document=document)

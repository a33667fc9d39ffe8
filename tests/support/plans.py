"""Real plans from one version of a stack to another, in the format of `terraform show -json`.

A base is applied to an AWS emulator once; each other version is planned with a copy of the base's state, so plans
may be made in any order. No tasks run, so an apply does not wait for them.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from tests.support.synth import Stack
from tests.support.terraform import EmulatedAccount, run_terraform

STATE = "terraform.tfstate"
# Terraform merges *_override files: https://developer.hashicorp.com/terraform/language/files/override
_BACKEND = "backend_override.tf.json"
_LOCAL_STATE = {"terraform": {"backend": {"local": {"path": STATE}}}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """The base of a plan: an initialized Terraform folder."""

    folder: Path
    environment: dict[str, str]
    with_state: bool = True
    """If False, each plan is that of a first deployment."""

    def plan(self, stack: Stack, folder: Path) -> Path:
        """Plan the change from this base to `stack` in a new `folder`; return the plan's JSON file."""
        self._copy(folder)
        _write(stack, folder)
        self._terraform(folder, "plan", "-refresh=false", "-lock=false", "-input=false", "-out=saved.plan")
        shown = folder / "plan.json"
        shown.write_text(self._terraform(folder, "show", "-json", "saved.plan"), encoding="utf-8")
        return shown

    def changed_to(self, stack: Stack, folder: Path) -> Base:
        """Apply the change from this base to `stack`, with its state in a new `folder`; return the base after it."""
        self._copy(folder)
        _write(stack, folder)
        self._terraform(folder, "apply", "-refresh=false", "-auto-approve", "-input=false")
        return replace(self, folder=folder)

    def _copy(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        (folder / ".terraform").symlink_to(self.folder / ".terraform")
        for name in (".terraform.lock.hcl", _BACKEND, *([STATE] if self.with_state else [])):
            shutil.copy(self.folder / name, folder)

    def _terraform(self, folder: Path, *arguments: str) -> str:
        return run_terraform(folder, self.environment, *arguments)


def applied(account: EmulatedAccount, stack: Stack, scratch: Path) -> Base:
    """Apply the stack to the account; return it as the base of plans, with its state in `scratch`."""
    folder = scratch / "base"
    folder.mkdir(parents=True)
    (folder / _BACKEND).write_text(json.dumps(_LOCAL_STATE), encoding="utf-8")
    _write(stack, folder)
    environment = account.environment(scratch)
    run_terraform(folder, environment, "init", "-input=false")
    run_terraform(folder, environment, "apply", "-auto-approve", "-input=false")
    return Base(folder=folder, environment=environment)


def document_of(stack: Stack) -> dict[str, Any]:
    """Return the stack's JSON with services that do not wait for their tasks."""
    document: dict[str, Any] = json.loads(stack.text)
    for service in document["resource"].get("aws_ecs_service", {}).values():
        service["wait_for_steady_state"] = False
    return document


def _write(stack: Stack, folder: Path) -> None:
    stack.write(folder)
    (folder / "cdk.tf.json").write_text(json.dumps(document_of(stack)), encoding="utf-8")

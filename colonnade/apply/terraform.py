"""Terraform in one stack's folder, as child processes: version -> init -> plan -> show -> apply.

Terraform prints to the user's terminal. A signal reaches Terraform once. The command then waits for Terraform, which
releases its lock and records the resources that it has created.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from colonnade.review.saved_plan import SavedPlan, read_saved_plan
from colonnade.terminal.errors import ColonnadeError
from colonnade.terminal.processes import Children, shell_status

MINIMUM_VERSION = (1, 10)
"""The first version with the S3 backend's lock file."""

_WANTED = ".".join(map(str, MINIMUM_VERSION))
_INSTALL = f"install Terraform {_WANTED} or later: https://developer.hashicorp.com/terraform/install"
_NO_CHANGES, _CHANGES = 0, 2  # terraform plan -detailed-exitcode


class TerraformFailedError(ColonnadeError):
    """Terraform ended with an error; it has printed the reasons itself."""


class Terraform:
    """Terraform for one command of the project; `children` passes signals on to it."""

    def __init__(self, children: Children) -> None:
        self._children = children
        self.scratch = Path(tempfile.mkdtemp(prefix="colonnade-terraform-"))
        """A temporary folder that only this user can read, because plans may hold secrets. `children` removes it."""
        children.at_end(lambda: shutil.rmtree(self.scratch, ignore_errors=True))

    def require_version(self) -> None:
        """Raise ColonnadeError if Terraform is missing or too old."""
        if shutil.which("terraform") is None:
            raise ColonnadeError(f"terraform is not on PATH\n    {_INSTALL}")
        try:
            version = str(json.loads(self._captured(self.scratch, "version", "-json"))["terraform_version"])
        except (ValueError, KeyError, TypeError) as error:
            raise ColonnadeError(f"`terraform version` cannot be read\n    {_INSTALL}") from error
        if tuple(int(part) for part in re.findall(r"\d+", version)[:2]) < MINIMUM_VERSION:
            raise ColonnadeError(f"Terraform {version} is too old\n    {_INSTALL}")

    def init(self, folder: Path) -> None:
        """Initialize the folder and its backend."""
        # -reconfigure, because the folder may have been used for another environment, whose state must not move.
        self._run(folder, "init", "-input=false", "-reconfigure")

    def plan(self, folder: Path, file: Path, *options: str) -> bool:
        """Print a plan and save it in `file`; return whether it changes anything."""
        arguments = ("plan", "-input=false", "-detailed-exitcode", f"-out={file}", *options)
        return self._run(folder, *arguments, success=(_NO_CHANGES, _CHANGES)) == _CHANGES

    def refresh(self, folder: Path, file: Path) -> dict[str, Any]:
        """Return a refresh-only plan, which has the existing resources. Print nothing and do not change the state."""
        self._run(folder, "plan", "-input=false", "-refresh-only", f"-out={file}", quiet=True)
        return self.show(folder, file)

    def show(self, folder: Path, file: Path) -> dict[str, Any]:
        """Return a saved plan as JSON: https://developer.hashicorp.com/terraform/internals/json-format."""
        document: dict[str, Any] = json.loads(self._captured(folder, "show", "-json", str(file)))
        return document

    def read(self, folder: Path, file: Path) -> SavedPlan:
        """Return a saved plan as JSON, with the order of its operations."""
        return read_saved_plan(file, folder, self._children)

    def state(self, folder: Path) -> str:
        """Return the state of an initialized folder in Terraform's own format; empty if nothing was applied."""
        return self._captured(folder, "state", "pull")

    def apply(self, folder: Path, file: Path) -> None:
        """Apply a saved plan."""
        self._run(folder, "apply", "-input=false", str(file))

    def _run(
        self, folder: Path, command: str, *options: str, success: Sequence[int] = (0,), quiet: bool = False
    ) -> int:
        color = () if sys.stdout.isatty() else ("-no-color",)
        stdout = subprocess.DEVNULL if quiet else None
        child = self._children.start(["terraform", command, *color, *options], folder=folder, stdout=stdout)
        status = shell_status(child.wait())
        if status not in success:
            raise TerraformFailedError
        return status

    def _captured(self, folder: Path, *arguments: str) -> str:
        # The output goes into a file. After an interruption, no one would read a pipe, and Terraform would block when
        # it is full.
        output = self.scratch / "output"
        with output.open("w", encoding="utf-8") as file:
            status = self._children.start(["terraform", *arguments], folder=folder, stdout=file).wait()
        if status != 0:
            raise TerraformFailedError
        return output.read_text(encoding="utf-8")

"""A saved plan as Terraform itself reads it: FILE and the folder in which it was planned -> its JSON and its graph.

`terraform graph` reads the state, so it requires the credentials that the plan required, and refuses a plan that has
become stale. Neither command locks or changes the state.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from colonnade.review.errors import PlanError, PlanningError, ReviewError
from colonnade.review.plan.json_source import is_saved_plan, parsed
from colonnade.terminal.processes import Children, ProgramNotFoundError, shell_status

_QUIET_SECONDS = 2.0
"""The time after which a line reports that Terraform still reads the plan."""
_INSTALL = "install it, or give the output of `terraform show -json` and of `terraform graph -plan` from elsewhere"
_CAUSES = (
    (
        r"different state lineage",
        "is a plan of another stack than that in {folder}; name the folder in which it was planned",
    ),
    (
        r"nitialization required|Failed to load plugin schemas|Inconsistent dependency lock file|Module not installed",
        "cannot be read in {folder}, which is not initialized for it; run `terraform init` there",
    ),
)
"""Messages of Terraform, and what they mean for the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPlan:
    """The two forms of one saved plan."""

    document: Any
    """The parsed output of `terraform show -json`."""
    graph: str
    """The output of `terraform graph -plan`: the order of the operations, in DOT."""


def read_saved_plan(file: Path, folder: Path, children: Children) -> SavedPlan:
    """Read a saved plan with Terraform in `folder`, both forms at once, as each takes seconds.

    Raise ReviewError for a file that is not a saved plan, and for a Terraform that is missing, killed, or fails.
    """
    if not is_saved_plan(_first_bytes(file)):
        raise PlanError(f"{file}: is not a saved plan of `terraform plan -out`; --stack is for a saved plan")
    if not folder.is_dir():
        raise ReviewError(f"{folder}: is not a folder; give the stack's initialized folder")
    scratch = Path(tempfile.mkdtemp(prefix="colonnade-plan-"))  # only this user can read it: plans may hold secrets
    children.at_end(lambda: shutil.rmtree(scratch, ignore_errors=True))
    commands = (
        ("show", "-json", "-no-color", str(file.absolute())),
        ("graph", "-no-color", f"-plan={file.absolute()}"),
    )
    running = [_Reading.start(command, folder, scratch, children) for command in commands]
    try:
        running[0].process.wait(_QUIET_SECONDS)
    except subprocess.TimeoutExpired:
        sys.stderr.write("Terraform reads the plan and its graph\n")
    document, graph = [each.output(file, folder) for each in running]
    return SavedPlan(document=parsed(document), graph=graph)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """One command of Terraform, with its output in files, which no reader has to empty."""

    command: str
    process: subprocess.Popen[str]
    stdout: Path
    stderr: Path

    @classmethod
    def start(cls, command: Sequence[str], folder: Path, scratch: Path, children: Children) -> _Reading:
        stdout, stderr = scratch / command[0], scratch / f"{command[0]}.errors"
        try:
            with stdout.open("w") as output, stderr.open("w") as errors:
                process = children.start(["terraform", *command], folder=folder, stdout=output, stderr=errors)
        except ProgramNotFoundError as error:
            raise ReviewError(f"{error}; {_INSTALL}") from error
        return cls(command=command[0], process=process, stdout=stdout, stderr=stderr)

    def output(self, file: Path, folder: Path) -> str:
        """Wait for the end, and return the standard output."""
        status = self.process.wait()
        if status == 0:
            return self.stdout.read_text(encoding="utf-8")
        if status < 0:
            ended = f"`terraform {self.command}` was ended by a signal, status {shell_status(status)}"
            raise PlanningError(f"{file}: {ended}; the system may have been out of memory")
        message = self.stderr.read_text(encoding="utf-8").strip()
        for pattern, cause in _CAUSES:
            if re.search(pattern, message):
                raise PlanError(f"{file}: {cause.format(folder=folder)}\n{message}")
        raise PlanningError(f"{file}: `terraform {self.command}` failed in {folder}\n{message}")


def _first_bytes(file: Path) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(4)
    except OSError as error:
        raise ReviewError(f"{file}: cannot be read: {error.strerror}") from error

"""A command that checks a Terraform plan before it is applied, as a pipeline would run it.

terraform plan -out -> terraform show -json -> the command with that file's path
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from colonnade.terminal.exit_status import ExitStatus
from colonnade_sandbox.errors import SandboxError
from colonnade_sandbox.terraform.runner import Terraform


class PlanRefusedError(SandboxError):
    """The command refused the plan. The message is the command's output."""

    exit_status = ExitStatus.STOPPED


class PlanCheck:
    """A check of plans by `command`, which receives the path of the plan's JSON file as its last argument.

    Any exit status other than 0 refuses the plan.
    """

    def __init__(self, command: Sequence[str], *, working_directory: Path) -> None:
        self._command = tuple(command)
        self._working_directory = working_directory

    def checked_plan(self, terraform: Terraform, folder: Path) -> Path:
        """Return the file of a plan that may be applied, below `folder`. Raises PlanRefusedError."""
        saved, document = folder / "saved.plan", folder / "saved.plan.json"
        terraform.save_plan(saved)
        document.write_text(terraform.show_saved_plan(saved), encoding="utf-8")
        try:
            ended = subprocess.run(
                [*self._command, str(document)],
                cwd=self._working_directory,
                capture_output=True,
                text=True,
                check=False,
            )
        except OSError as error:
            raise SandboxError(f"the plan check {self._command[0]} cannot be run: {error.strerror}") from error
        if ended.returncode != 0:
            raise PlanRefusedError((ended.stdout + ended.stderr).strip())
        return saved

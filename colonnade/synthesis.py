"""Synthesis of a project in a child process: runs the project's `main.py` with the Python of this command."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from colonnade.terminal.errors import ColonnadeError
from colonnade.terminal.exit_status import ExitStatus
from colonnade.terminal.processes import Children, Stream, shell_status

MAIN = "main.py"
"""The file in a project's root that synthesizes the project."""
OUTPUT = "CDKTF_OUTDIR"
"""The environment variable with the folder that `main.py` writes into."""

STAND_INS = "STAND_IN_IMAGES"
"""The environment variable, `true`, that allows images that are not pinned: see `colonnade.model.images.stand_ins`."""

LOCK_FILE = ".terraform.lock.hcl"
"""Terraform's lock file: the version of the provider and its checksums."""

_DEFAULT_OUTPUT = "cdktf.out"


class SynthesisError(ColonnadeError):
    """A failed synthesis, which has printed its error. The command exits with the synthesis's exit status."""

    def __init__(self, status: int) -> None:
        super().__init__("The synthesis failed; see the lines above.")
        self.exit_status = status


class MissingMainError(ColonnadeError):
    """A project without a `main.py`."""

    exit_status = ExitStatus.WRONG_INPUT

    def __init__(self, root: Path) -> None:
        super().__init__(
            f"project '{root}': {MAIN}, which synthesizes it, is missing\n    copy {MAIN} from Colonnade's repository"
        )


def output_folder() -> Path:
    """Return the folder that synthesis writes into by default, relative to the project's root."""
    return Path(os.environ.get(OUTPUT, _DEFAULT_OUTPUT))


def start_synthesis(
    children: Children,
    root: Path,
    *,
    environment: str,
    folder: Path,
    foundation: bool = False,
    stand_ins: bool = False,
    settings: Mapping[str, str | None] | None = None,
    stdout: Stream = None,
    stderr: Stream = None,
) -> subprocess.Popen[str]:
    """Start the `main.py` of the project at `root` for one environment; the output goes into `folder`.

    `foundation`: synthesize only the stacks that exist before any image. `stand_ins`: give an image that is not pinned
    a stand-in; a plan with it must not be applied. `settings`: additional environment variables; None unsets one.
    Raises MissingMainError.
    """
    if not (root / MAIN).is_file():
        raise MissingMainError(root)
    variables = {**os.environ, **(settings if settings is not None else {})}
    temporary = tempfile.mkdtemp(prefix="colonnade-synthesis-")
    children.at_end(lambda: shutil.rmtree(temporary, ignore_errors=True))  # jsii leaves files when it is interrupted
    variables |= {
        "TMPDIR": temporary,
        "ENVIRONMENT": environment,
        OUTPUT: str(folder),
        STAND_INS: "true" if stand_ins else None,
    }
    return children.start(
        [sys.executable, MAIN, *(["--foundation"] if foundation else [])],
        folder=root,
        environment={name: value for name, value in variables.items() if value is not None},
        stdout=stdout,
        stderr=stderr,
    )


def copy_lock_file(root: Path, folder: Path) -> None:
    """Copy the project's lock file, if it has one, beside each stack's JSON below `folder`.

    `terraform init` then refuses a provider with other checksums. A copy to which Terraform has added checksums, those
    of this machine's platform, stays.
    """
    lock = root / LOCK_FILE
    if not lock.is_file():
        return
    lines = set(lock.read_text(encoding="utf-8").splitlines())
    for stack in folder.glob("stacks/*/cdk.tf.json"):
        copy = stack.with_name(LOCK_FILE)
        if not copy.is_file() or not lines <= set(copy.read_text(encoding="utf-8").splitlines()):
            shutil.copy(lock, copy)


def synthesize(
    children: Children,
    root: Path,
    *,
    environment: str,
    folder: Path,
    foundation: bool = False,
    stand_ins: bool = False,
    settings: Mapping[str, str | None] | None = None,
) -> None:
    """Run the `main.py` of a project and wait for it; parameters as in `start_synthesis`. Raises SynthesisError."""
    child = start_synthesis(
        children,
        root,
        environment=environment,
        folder=folder,
        foundation=foundation,
        stand_ins=stand_ins,
        settings=settings,
    )
    status = shell_status(child.wait())
    if status != 0:
        raise SynthesisError(status)

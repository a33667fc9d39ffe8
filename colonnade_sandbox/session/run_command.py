"""A command from the user, such as Terraform or cdktf, which can reach only the emulator as AWS.

    a session that has just started -> a folder of links to the project's files -> the command, in that folder

The folder is separate because deployers keep states, plugins and locks beside the code that they deploy. Files of a
real account must be neither read nor changed.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path

from colonnade.terminal.processes import shell_status, signal_group, start
from colonnade_sandbox.session.file import SessionFile
from colonnade_sandbox.session.session import Session
from colonnade_sandbox.session.status import session_status
from colonnade_sandbox.synthesized import copy_stack
from colonnade_sandbox.terraform.runner import TerraformStoppedError

MARK = "COLONNADE_SANDBOX"
"""A variable of the command's environment with the session's scratch folder. It marks the command's processes."""

_SESSION_FILES = ".sandbox"
_NOT_LINKED = (".git", ".terraform", "*.tfstate*", "cdktf.log", _SESSION_FILES)
_FOR_AUTOMATION = {"TF_IN_AUTOMATION", "TF_INPUT"}  # a user's command may be interactive
_TURN_SECONDS = 0.5
_INTERRUPT_SECONDS = 20.0
_KILL_SECONDS = 5.0


def run_command(session: Session, command: Sequence[str], *, project_root: Path, synthesized: Path) -> int:
    """Run the command, kill every process that it has started, and return its exit status as a shell reports it.

    Raises ProgramNotFoundError if the command cannot be started, and TerraformStoppedError if the session fails or is
    interrupted.
    """
    folder = _linked_project(session, project_root, synthesized)
    file = SessionFile(folder / _SESSION_FILES, session.deployment)
    mark = f"{MARK}={session.scratch}"
    session.at_end(lambda: _kill(mark))
    with file.held():
        process = _start(command, session, folder)
        try:
            _follow(process, session, file)
        finally:
            _kill(mark)
            process.wait()
    return shell_status(process.returncode)


def _linked_project(session: Session, project_root: Path, synthesized: Path) -> Path:
    """Make a folder of links to the project's files, with a separate cdktf.out that holds the session's stacks."""
    folder = session.scratch / "project"
    folder.mkdir()
    for entry in project_root.iterdir():
        if entry.resolve() != synthesized.resolve() and not any(
            fnmatch(entry.name, pattern) for pattern in _NOT_LINKED
        ):
            (folder / entry.name).symlink_to(entry.resolve())
    output = folder / "cdktf.out"
    output.unlink(missing_ok=True)
    for stack in session.synthesized.glob("stacks/*/cdk.tf.json"):
        copy_stack(stack, output / stack.parent.relative_to(session.synthesized))
    return folder


def _start(command: Sequence[str], session: Session, folder: Path) -> subprocess.Popen[str]:
    environment = {name: value for name, value in session.environment.items() if name not in _FOR_AUTOMATION}
    environment[MARK] = str(session.scratch)
    # The command inherits the standard input: an interactive one, such as `terraform apply`, would end without it.
    return start(command, folder=folder, environment=environment, stdin=None)


def _follow(process: subprocess.Popen[str], session: Session, file: SessionFile) -> None:
    """Update the session file until the command ends. Interrupt the command when the session must end."""
    while process.poll() is None:
        reason = session.stop_reason()
        if reason is not None:
            _interrupt(process)
            raise TerraformStoppedError(reason)
        file.write(session_status(session))
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_TURN_SECONDS)


def _interrupt(process: subprocess.Popen[str]) -> None:
    """Interrupt the command as Ctrl-C does in a terminal. A command that does not end in time is killed later."""
    signal_group(process.pid, signal.SIGINT)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_INTERRUPT_SECONDS)


def _kill(mark: str) -> None:
    """Kill every process that has `mark`, in any process session: a deployer may start Terraform in a new one."""
    deadline = time.monotonic() + _KILL_SECONDS
    while (found := list(_processes(mark))) and time.monotonic() < deadline:
        for process_id in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process_id, signal.SIGKILL)
        time.sleep(0.05)


def _processes(mark: str) -> Iterator[int]:
    wanted = f"{mark}\0".encode()
    for entry in Path("/proc").glob("[0-9]*/environ"):
        # A process that has ended, belongs to another user, or is a zombie cannot be killed.
        with contextlib.suppress(OSError):
            if wanted in entry.read_bytes():
                yield int(entry.parent.name)

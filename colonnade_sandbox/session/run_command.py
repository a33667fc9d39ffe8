"""A command of the user's, such as Terraform or cdktf, with the emulator as the only AWS that it can reach.

    a session that has just started -> a folder of links to the project's files -> the command, in that folder

The folder is separate because deployers keep states, plugins and locks beside what they deploy: those of a real account
must neither be seen nor changed.
"""

from __future__ import annotations

import contextlib
import os
import shutil
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
from colonnade_sandbox.terraform.runner import TerraformStoppedError

MARK = "COLONNADE_SANDBOX"
"""Set for the command to the session's scratch folder: whichever process has it belongs to the command."""

_SESSION_FILES = ".sandbox"
_NOT_LINKED = (".git", ".terraform", "*.tfstate*", "cdktf.log", _SESSION_FILES)
_FOR_AUTOMATION = {"TF_IN_AUTOMATION", "TF_INPUT"}  # a person may sit before this one
_TURN_SECONDS = 0.5
_INTERRUPT_SECONDS = 20.0
_KILL_SECONDS = 5.0


def run_command(session: Session, command: Sequence[str], *, project_root: Path, synthesized: Path) -> int:
    """Run the command and return its exit status as a shell reports it; then end everything that it has started.

    Raises ProgramNotFoundError when it cannot be started, TerraformStoppedError when the session breaks or is
    interrupted.
    """
    folder = _linked_project(project_root, session.scratch / "project", synthesized)
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


def _linked_project(project_root: Path, folder: Path, synthesized: Path) -> Path:
    """Make a folder that looks like the project's, with a cdktf.out of its own that holds what was synthesized."""
    folder.mkdir()
    own = synthesized.resolve()
    for entry in project_root.iterdir():
        if entry.resolve() != own and not any(fnmatch(entry.name, pattern) for pattern in _NOT_LINKED):
            (folder / entry.name).symlink_to(entry.resolve())
    output = folder / "cdktf.out"
    output.unlink(missing_ok=True)
    for stack in own.glob("stacks/*/cdk.tf.json"):
        copy = output / stack.relative_to(own)
        copy.parent.mkdir(parents=True)
        shutil.copy(stack, copy)
    return folder


def _start(command: Sequence[str], session: Session, folder: Path) -> subprocess.Popen[str]:
    environment = {name: value for name, value in session.environment.items() if name not in _FOR_AUTOMATION}
    environment[MARK] = str(session.scratch)
    # Without standard input of its own a command that asks a question, such as `terraform apply`, would end.
    return start(command, folder=folder, environment=environment, stdin=None)


def _follow(process: subprocess.Popen[str], session: Session, file: SessionFile) -> None:
    """Keep the session file fresh until the command ends; interrupt it when the session is to end."""
    while process.poll() is None:
        reason = session.stop_reason()
        if reason is not None:
            _interrupt(process)
            raise TerraformStoppedError(reason)
        file.write(session_status(session))
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_TURN_SECONDS)


def _interrupt(process: subprocess.Popen[str]) -> None:
    """Interrupt the command as Ctrl-C does in a terminal; one that takes too long to end is killed later."""
    signal_group(process.pid, signal.SIGINT)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(_INTERRUPT_SECONDS)


def _kill(mark: str) -> None:
    """End every process that has `mark`, wherever it is: a deployer may start Terraform in a session of its own."""
    deadline = time.monotonic() + _KILL_SECONDS
    while (found := list(_processes(mark))) and time.monotonic() < deadline:
        for process_id in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process_id, signal.SIGKILL)
        time.sleep(0.05)


def _processes(mark: str) -> Iterator[int]:
    wanted = f"{mark}\0".encode()
    for entry in Path("/proc").glob("[0-9]*/environ"):
        # Gone, somebody else's, or a zombie: none of them can be ended.
        with contextlib.suppress(OSError):
            if wanted in entry.read_bytes():
                yield int(entry.parent.name)

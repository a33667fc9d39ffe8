"""`python -m colonnade_sandbox run`: somebody else's command, with the emulator as the only AWS that it can reach.

    a session that has just started -> a folder of links to the project's files -> the command, in that folder

In a folder of its own, because deployers keep states, plugins and locks beside what they deploy: those of a real
account must neither be seen nor changed.
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

from colonnade_sandbox.errors import SandboxError
from colonnade_sandbox.session import Session
from colonnade_sandbox.session_facts import session_facts
from colonnade_sandbox.session_file import FOLDER, SessionFile
from colonnade_sandbox.terraform.runner import TerraformStoppedError

MARK = "COLONNADE_SANDBOX"
"""Set for the command to the session's scratch folder: whichever process has it belongs to the command."""

_NOT_LINKED = (".git", ".terraform", "*.tfstate*", "cdktf.log", FOLDER.name)
_FOR_AUTOMATION = {"TF_IN_AUTOMATION", "TF_INPUT"}  # a person may sit before this one
_TURN_SECONDS = 0.5
_INTERRUPT_SECONDS = 20.0
_KILL_SECONDS = 5.0


def run_command(session: Session, command: Sequence[str], *, project_root: Path, synthesized: Path) -> int:
    """The command's exit status, as a shell has it. Everything that it has started is ended with it.

    Raises `SandboxError` when it cannot be started or the session breaks, `TerraformStoppedError` when interrupted.
    """
    folder = _linked_project(project_root, session.scratch / "project", synthesized)
    file = SessionFile(folder / FOLDER, session.deployment)
    mark = f"{MARK}={session.scratch}"
    session.at_end(lambda: _kill(mark))
    with file.held():
        process = _start(command, session, folder)
        try:
            _follow(process, session, file)
        finally:
            _kill(mark)
            process.wait()
    return process.returncode if process.returncode >= 0 else 128 - process.returncode


def _linked_project(project_root: Path, folder: Path, synthesized: Path) -> Path:
    """A folder that looks like the project's, with a cdktf.out of its own that holds what was synthesized."""
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


def _start(command: Sequence[str], session: Session, folder: Path) -> subprocess.Popen[bytes]:
    environment = {name: value for name, value in session.environment.items() if name not in _FOR_AUTOMATION}
    # A provider that is killed leaves its socket in TMPDIR.
    environment |= {MARK: str(session.scratch), "TMPDIR": str(session.scratch)}
    try:
        # A session of its own, so that Ctrl-C in a terminal reaches it only through here, once.
        return subprocess.Popen(command, cwd=folder, env=environment, start_new_session=True)
    except OSError as error:
        raise SandboxError(f"{command[0]} cannot be run: {error.strerror}") from error


def _follow(process: subprocess.Popen[bytes], session: Session, file: SessionFile) -> None:
    """Keep the session file fresh until the command ends; interrupt it when the session is to end."""
    while process.poll() is None:
        reason = session.stop_reason()
        if reason is not None:
            _interrupt(process)
            raise TerraformStoppedError(reason)
        file.write(session_facts(session))
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_TURN_SECONDS)


def _interrupt(process: subprocess.Popen[bytes]) -> None:
    """As Ctrl-C does in a terminal; what takes too long to end is left to be killed."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGINT)
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

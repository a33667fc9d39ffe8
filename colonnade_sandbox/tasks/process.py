"""A container's process: command, environment and host name -> `launch.py` -> `TaskProcess`, with a log file.

Every started process ends with the sandbox: see `launch.py`.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path

from colonnade_sandbox.tasks.private_etc import LOOPBACK, PrivateEtc

_LAUNCH = Path(__file__).with_name("launch.py")
_TAIL_BYTES = 16_384
_INTERPRETER = (sys.prefix, sys.base_prefix)
"""The folders of the Python interpreter that runs the sandbox. The service apps need them too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A folder that is mounted in the container's namespaces, if these are allowed."""

    path: str
    """The absolute path in the container. A folder that the machine lacks is created in the container alone."""
    source: Path | None = None
    """The folder of this machine that is mounted there; None for a tmpfs of `size_mib`."""
    size_mib: int = 0
    read_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessSpecification:
    """The settings of a container's process. It inherits no variable of the sandbox's own environment."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    host_name: str
    address: str = LOOPBACK
    """The address of `localhost`, if namespaces are allowed."""
    working_directory: Path
    log_path: Path
    """The file for standard output and standard error; created if absent, otherwise appended to."""
    mounts: tuple[Mount, ...] = ()
    read_only_root: bool = False
    """Make every file read-only except those in `mounts`, if namespaces are allowed."""
    init: bool = False
    """Run the command below an init process, which forwards signals to it and reaps processes."""
    limits: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Soft and hard resource limits by name, such as 'nofile'. The machine's own hard limits are not exceeded."""
    join: TaskProcess | None = None
    """A running process in whose namespaces this one runs; None for namespaces of its own."""


class TaskProcess:
    """One started task, created by `ProcessLauncher.start`."""

    def __init__(self, launcher: subprocess.Popen[bytes], status: int, log_path: Path) -> None:
        self._launcher = launcher
        self._status: int | None = status
        self._report = b""
        self.log_path = log_path

    def running(self) -> bool:
        """Return True if the task's own command has been executed and has not ended."""
        self._read_status()
        return self._status is None and not self.start_error and self.exit_code() is None

    def exit_code(self) -> int | None:
        """Return the exit code as a shell reports it (137 for SIGKILL); None while the task has not ended."""
        code = self._launcher.poll()
        if code is None:
            return None
        self._close_status()
        return code if code >= 0 else 128 - code

    @property
    def process_id(self) -> int | None:
        """The task's own process id on this machine; None before it is known."""
        number = self._reported("process")
        return int(number) if number else None

    @property
    def start_error(self) -> str:
        """The reason why the command could not be executed; empty if it was executed or its start is in progress."""
        return self._reported("error")

    def terminate(self) -> None:
        """Send SIGTERM to the task's first process, as a container engine does."""
        self._launcher.terminate()

    def kill(self) -> None:
        """Send SIGKILL to all of the task's processes."""
        process_id = self.process_id
        if process_id is not None and self.exit_code() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process_id, signal.SIGKILL)
        else:
            self._launcher.kill()

    def wait(self, timeout_seconds: float) -> bool:
        """Wait for the task and return True if it has ended within that time."""
        try:
            self._launcher.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            return False
        self._close_status()
        return True

    def last_lines(self, count: int = 20) -> tuple[str, ...]:
        """Return the last lines of the log, at most `count`."""
        with self.log_path.open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - _TAIL_BYTES))
            return tuple(log.read().decode(errors="replace").splitlines()[-count:])

    def _reported(self, kind: str) -> str:
        self._read_status()
        for line in self._report.decode(errors="replace").splitlines():
            if line.startswith(f"{kind} "):
                return line.removeprefix(f"{kind} ")
        return ""

    def _read_status(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while self._status is not None:
                piece = os.read(self._status, 4096)
                self._report += piece
                if not piece:
                    os.close(self._status)
                    self._status = None

    def _close_status(self) -> None:
        self._read_status()
        if self._status is not None:
            os.close(self._status)
            self._status = None


class ProcessLauncher:
    """A starter of processes. It starts all of them from one thread, which lives until `close`.

    The kernel sends the parent death signal when the thread that started a process ends, even if the process of that
    thread continues.
    """

    def __init__(self, *, private_etc: PrivateEtc | None) -> None:
        """Start the thread. With `private_etc` None there are no namespaces, and tasks see the machine's names."""
        self._private_etc = private_etc
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="task-launcher")

    def start(self, specification: ProcessSpecification) -> TaskProcess:
        """Start the process and return before the command is executed. The TaskProcess reports later errors."""
        return self._thread.submit(self._start, specification).result()

    def close(self) -> None:
        """End the thread, which makes the kernel end the processes that still run."""
        self._thread.shutdown()

    def _start(self, specification: ProcessSpecification) -> TaskProcess:
        status_read, status_write = os.pipe()
        os.set_blocking(status_read, False)
        try:
            with specification.log_path.open("ab") as log:
                launcher = subprocess.Popen(
                    launch_command(specification, status=status_write, private_etc=self._private_etc),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    env=dict(specification.environment),
                    cwd=specification.working_directory,
                    pass_fds=(status_write,),
                    start_new_session=True,
                )
        except OSError:
            os.close(status_read)
            raise
        finally:
            os.close(status_write)
        return TaskProcess(launcher, status_read, specification.log_path)


def launch_command(specification: ProcessSpecification, *, status: int, private_etc: PrivateEtc | None) -> list[str]:
    """Return the command line that runs the process as a container.

    It contains this process's id and a file descriptor, so only this process can use it.
    """
    private = None
    if private_etc is not None:
        private = {
            "host_name": specification.host_name,
            "stage": str(private_etc.stage_directory),
            "files": {
                "etc": str(private_etc.folder(specification.address)),
                "machine_etc": str(private_etc.machine_directory),
                "read_only_root": specification.read_only_root,
                "mounts": [asdict(mount) for mount in specification.mounts],
                "kept": sorted({*_INTERPRETER, str(specification.working_directory), str(private_etc.root)}),
            },
        }
    join = specification.join.process_id if specification.join is not None and private is not None else None
    document = {
        "parent": os.getpid(),
        "status": status,
        "command": specification.command,
        "init": specification.init,
        "limits": specification.limits,
        "private": private,
        "join": join,
    }
    return [sys.executable, "-I", "-S", str(_LAUNCH), json.dumps(document, default=str)]


def namespaces_allowed(private_etc: PrivateEtc) -> bool:
    """Return True if this machine allows its users to create namespaces.

    Find out by starting a process that does nothing in its own namespaces.
    """
    nothing = ProcessSpecification(
        command=(sys.executable, "-I", "-S", "-c", ""),
        environment={},
        host_name="trial",
        working_directory=Path.cwd(),
        log_path=Path(os.devnull),
        read_only_root=True,
    )
    status_read, status_write = os.pipe()
    try:
        trial = subprocess.run(
            launch_command(nothing, status=status_write, private_etc=private_etc),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            pass_fds=(status_write,),
            check=False,
        )
    finally:
        os.close(status_read)
        os.close(status_write)
    return trial.returncode == 0

"""A runner of Terraform in a stack's folder: starts it, reads its JSON lines, and stops it on request.

Terraform runs in a separate process session, so that Ctrl-C in a terminal reaches it only through this module: first as
SIGINT, on which it saves its state and releases the lock, and later, or on `kill`, as SIGKILL.
"""

from __future__ import annotations

import contextlib
import json
import re
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from colonnade.terminal.processes import ProgramNotFoundError, start
from colonnade_sandbox.errors import SandboxError
from colonnade_sandbox.terraform.events import Diagnostic, Event, PlannedChange, parse
from colonnade_sandbox.terraform.process_group import kill_group, no_process_left

MINIMUM_VERSION = (1, 10)
"""The first version with the S3 backend's native lock file."""

_WANTED = ".".join(map(str, MINIMUM_VERSION))
_POLL_SECONDS = 0.2
_INTERRUPT_SECONDS = 20.0
_CHANGES_PENDING = 2  # plan -detailed-exitcode


class TerraformError(SandboxError):
    """Terraform failed. The message is its diagnostics, or the last lines of its output."""


class TerraformStoppedError(SandboxError):
    """Terraform was stopped before its end. The message is the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The result of `terraform plan`."""

    changes: tuple[PlannedChange, ...]
    """The planned changes of resources, without no-ops."""
    empty: bool
    """True if Terraform reports no changes, of resources or outputs (-detailed-exitcode)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ended:
    exit_code: int
    events: tuple[Event, ...]
    last_lines: tuple[str, ...]


class Terraform:
    """Terraform in `folder`. `stop_reason` is called five times a second; it returns the reason to stop, or None.

    `end_within_seconds` is the time between the interrupt and the kill, by default 20 s.
    """

    def __init__(
        self,
        *,
        folder: Path,
        environment: Mapping[str, str],
        on_event: Callable[[Event], None] = lambda _event: None,
        stop_reason: Callable[[], str | None] = lambda: None,
        end_within_seconds: float = _INTERRUPT_SECONDS,
    ) -> None:
        self._folder = folder
        self._environment = dict(environment)
        self._on_event = on_event
        self._stop_reason = stop_reason
        self._end_within_seconds = end_within_seconds
        self._starting = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._killed = False

    def init(self) -> None:
        """Initialize the folder.

        Its events are not passed on, because with a mirror Terraform warns that its lock file has only one platform.
        """
        self._run("init", "-input=false", on_event=lambda _event: None)

    def plan(self) -> Plan:
        ended = self._run("plan", "-input=false", "-detailed-exitcode", success=(0, _CHANGES_PENDING))
        return Plan(changes=_changes(ended), empty=ended.exit_code == 0)

    def show_plan(self) -> None:
        """Run `terraform plan` with its normal output on the standard output of this process."""
        color = () if sys.stdout.isatty() else ("-no-color",)
        with self._running("plan", "-input=false", *color, to_console=True) as process:
            reason = self._wait(process)
        if reason is not None:
            raise TerraformStoppedError(reason)
        if process.returncode != 0:
            raise TerraformError(_killed("plan", process) or "terraform plan failed; see its messages above")

    def apply(self, saved_plan: Path | None = None) -> None:
        """Apply the saved plan or, without one, every change."""
        options = ("-auto-approve",) if saved_plan is None else (str(saved_plan),)
        self._run("apply", "-input=false", *options)

    def save_plan(self, path: Path, *, refresh: bool = True) -> tuple[PlannedChange, ...]:
        """Write the plan of the next apply; return its changes. Without `refresh`, the state must equal the account."""
        return _changes(self._run("plan", "-input=false", f"-refresh={str(refresh).lower()}", f"-out={path}"))

    def show_saved_plan(self, path: Path) -> str:
        """Return the plan as JSON: https://developer.hashicorp.com/terraform/internals/json-format."""
        return self._capture("show", "-json", "-no-color", str(path))

    def graph(self, path: Path) -> str:
        """Return the order in which a saved plan is applied: https://developer.hashicorp.com/terraform/cli/commands/graph."""
        return self._capture("graph", "-no-color", f"-plan={path}")

    def destroy(self) -> None:
        self._run("destroy", "-input=false", "-auto-approve")

    def outputs(self) -> dict[str, Any]:
        """Return the values of the state's outputs, by name."""
        answer = self._capture("output", "-json", "-no-color")
        return {name: output["value"] for name, output in json.loads(answer).items()}

    def addresses(self) -> tuple[str, ...]:
        """Return the addresses in the state."""
        return tuple(self._capture("state", "list").split())

    def pull_state(self) -> str:
        """Return the state in Terraform's own format."""
        return self._capture("state", "pull")

    def push_state(self, path: Path) -> None:
        """Store the state in `path` as the state of the stack, which must not have one yet."""
        self._capture("state", "push", "-no-color", str(path))

    def require_version(self) -> None:
        """Raise TerraformError if Terraform is missing, broken or older than `MINIMUM_VERSION`."""
        answer = self._capture("version", "-json")
        try:
            version = str(json.loads(answer)["terraform_version"])
        except (ValueError, KeyError, TypeError) as error:
            raise TerraformError(f"`terraform version` cannot be read; install Terraform {_WANTED} or later") from error
        found = tuple(int(part) for part in re.findall(r"\d+", version)[:2])
        if found < MINIMUM_VERSION:
            raise TerraformError(f"Terraform {version} is too old; {_WANTED} or later is required")

    def kill(self) -> None:
        """Kill Terraform and its providers; the state may stay locked. May be called from any thread.

        Return when all of them have ended. Any later command raises TerraformStoppedError.
        """
        with self._starting:
            self._killed = True
            process = self._process
        if process is not None:
            kill_group(process.pid)

    def _run(
        self,
        command: str,
        *options: str,
        success: tuple[int, ...] = (0,),
        on_event: Callable[[Event], None] | None = None,
    ) -> _Ended:
        events: list[Event] = []
        last_lines: deque[str] = deque(maxlen=15)
        with ThreadPoolExecutor(1, thread_name_prefix=command) as follower:
            with self._running(command, "-json", *options) as process:
                followed = follower.submit(
                    _follow, process, events, last_lines, on_event if on_event is not None else self._on_event
                )
                reason = self._wait(process)
            followed.result()
        if reason is not None:
            raise TerraformStoppedError(reason)
        killed = _killed(command, process)
        if killed is not None:
            raise TerraformError(killed)
        ended = _Ended(exit_code=process.returncode, events=tuple(events), last_lines=tuple(last_lines))
        if ended.exit_code not in success:
            raise TerraformError(_failure(command, ended))
        return ended

    @contextlib.contextmanager
    def _running(self, *arguments: str, to_console: bool = False) -> Iterator[subprocess.Popen[str]]:
        """Start Terraform, and leave none of its processes at the end of the block."""
        process = self._start(*arguments, to_console=to_console)
        try:
            with no_process_left(process):
                yield process
        finally:
            self._process = None

    def _start(self, *arguments: str, to_console: bool = False) -> subprocess.Popen[str]:
        with self._starting:
            if self._killed:
                raise TerraformStoppedError("Terraform was killed")
            try:
                self._process = start(
                    ["terraform", *arguments],
                    folder=self._folder,
                    environment=self._environment,
                    stdout=None if to_console else subprocess.PIPE,
                    stderr=None if to_console else subprocess.STDOUT,
                )
            except ProgramNotFoundError as error:
                raise TerraformError(f"terraform is not on PATH; install Terraform {_WANTED} or later") from error
            return self._process

    def _wait(self, process: subprocess.Popen[str]) -> str | None:
        """Wait for the end of the process. Return the reason if it was stopped."""
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_POLL_SECONDS)
                return None
            reason = self._stop_reason()
            if reason is not None:
                process.send_signal(signal.SIGINT)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(self._end_within_seconds)
                return reason

    def _capture(self, *arguments: str) -> str:
        with self._running(*arguments) as process:
            output, _ = process.communicate()
        if process.returncode != 0:
            raise TerraformError(f"terraform {arguments[0]}: {output.strip()}")
        return output


def _follow(
    process: subprocess.Popen[str], events: list[Event], last_lines: deque[str], on_event: Callable[[Event], None]
) -> None:
    """Read Terraform's output until it ends."""
    with process.stdout or contextlib.nullcontext(()) as lines:
        for line in lines:
            event = parse(line)
            if event is not None:
                events.append(event)
                on_event(event)
            elif line.strip():
                last_lines.append(_message(line))


def _killed(command: str, process: subprocess.Popen[str]) -> str | None:
    """Return the message for a Terraform that a signal ended; None for any other end."""
    if process.returncode >= 0:
        return None
    name = signal.Signals(-process.returncode).name
    hint = "; the system may have been out of memory" if name == "SIGKILL" else ""
    return f"terraform {command} was killed by {name}{hint}"


def _changes(ended: _Ended) -> tuple[PlannedChange, ...]:
    """Return the planned changes, without no-ops and reads."""
    changes = (event for event in ended.events if isinstance(event, PlannedChange))
    return tuple(change for change in changes if change.action not in ("noop", "read"))


def _failure(command: str, ended: _Ended) -> str:
    errors = [str(event) for event in ended.events if isinstance(event, Diagnostic) and event.severity == "error"]
    return f"terraform {command} failed:\n" + "\n".join(errors or ended.last_lines)


def _message(line: str) -> str:
    """Return the message of a JSON line, or the line itself if it is plain text."""
    try:
        return str(json.loads(line)["@message"])
    except (ValueError, KeyError, TypeError):
        return line.rstrip()

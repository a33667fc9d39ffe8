"""Programs that run beside a sandbox, outside of it, as a database does: deployments/NAME.outside.toml -> processes.

They are what a deployment's connections lead to. Each starts before the deployment is applied and ends with the
session.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from colonnade.terminal.processes import start, stop
from colonnade_sandbox.errors import SandboxError, WrongInputError

READY_SECONDS = 60.0
_STOP_SECONDS = 10.0
_TAIL_LINES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideProgram:
    """One program; it ends when its standard input is closed, so that it never outlives the sandbox."""

    name: str
    command: tuple[str, ...]
    """`python` is the interpreter of the sandbox; the working directory is the project's root."""
    host: str
    port: int
    """The place where it accepts connections once it is ready."""


def read_outside(path: Path) -> tuple[OutsideProgram, ...]:
    """Return the programs of a file; none if it does not exist. Raises WrongInputError with every problem."""
    if not path.is_file():
        return ()
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise WrongInputError(f"{path}: {error}") from error
    problems = [problem for name, table in document.items() for problem in _problems(name, table)]
    if problems:
        raise WrongInputError("\n".join(f"{path}: {problem}" for problem in problems))
    return tuple(
        OutsideProgram(name=name, command=tuple(table["command"]), host=table["host"], port=table["port"])
        for name, table in document.items()
    )


def start_outside(
    program: OutsideProgram, *, root: Path, log: Path, pause: Callable[[float], None]
) -> Callable[[], None]:
    """Start a program, wait until it accepts connections, and return the function that stops it.

    Raises SandboxError, with the end of its output, if it ends or is not ready in time, or if its port is taken.
    """
    if _accepts(program):
        raise SandboxError(
            f"{program.name}: port {program.port} of {program.host} is in use\n"
            "    end the process that listens there, or change the port in the .outside.toml file and the environment"
        )
    command = [sys.executable if program.command[0] == "python" else program.command[0], *program.command[1:]]
    with log.open("w", encoding="utf-8") as output:
        process = start(command, folder=root, stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT)

    def end() -> None:
        stop(process, within_seconds=_STOP_SECONDS)

    try:
        _wait(program, process, log, pause)
    except BaseException:
        end()
        raise
    return end


def _wait(program: OutsideProgram, process: subprocess.Popen[str], log: Path, pause: Callable[[float], None]) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not _accepts(program):
        if process.poll() is not None:
            raise SandboxError(f"{program.name} ended with exit code {process.returncode}\n{_tail(log)}")
        if time.monotonic() >= deadline:
            raise SandboxError(f"{program.name} is not ready after {READY_SECONDS:.0f} s\n{_tail(log)}")
        pause(0.1)


def _accepts(program: OutsideProgram) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((program.host, program.port), timeout=1.0):
        return True
    return False


def _tail(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-_TAIL_LINES:]
    return "\n".join(f"    {line}" for line in lines)


def _problems(name: str, table: Any) -> Iterator[str]:
    if not isinstance(table, dict):
        yield f"{name!r} is not a table; write [{name}] with command, host and port"
        return
    kinds: dict[str, type] = {"command": list, "host": str, "port": int}
    yield from (f"[{name}] has an unknown key {key!r}; known: {', '.join(kinds)}" for key in table if key not in kinds)
    for key, kind in kinds.items():
        if key not in table:
            yield f"[{name}] has no {key}; add it"
        elif not isinstance(table[key], kind) or table[key] in ([], "") or not _are_strings(table[key]):
            yield f"[{name}] {key} {table[key]!r} is not valid; write {_EXAMPLES[key]}"


def _are_strings(value: object) -> bool:
    return not isinstance(value, list) or all(isinstance(each, str) for each in value)


_EXAMPLES = {
    "command": 'a list of strings such as ["python", "-m", "tools.postgresql"]',
    "host": 'an address such as "127.0.0.1"',
    "port": "a number such as 5432",
}

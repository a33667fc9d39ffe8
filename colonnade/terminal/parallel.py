"""Commands in parallel, with asyncio: each line of output as it arrives, and no child process left at the end."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from colonnade.terminal.errors import ColonnadeError
from colonnade.terminal.processes import SIGNALS, InterruptedBySignalError, signal_group

_Result = TypeVar("_Result")

_KEPT_LINES = 15
_LINE_BYTES = 2**20
_TERM_SECONDS = 5.0


class CommandFailedError(ColonnadeError):
    """A command ended with a status other than 0; the message holds the end of its output."""

    def __init__(self, command: Sequence[str], status: int, last_lines: Sequence[str]) -> None:
        output = "\n".join(f"    {line}" for line in last_lines) if last_lines else "    (no output)"
        super().__init__(f"`{command[0]} {command[1]}` ended with {status}:\n{output}")
        self.last_line = last_lines[-1] if last_lines else f"exit status {status}"


async def run(
    command: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str] | None = None,
    on_line: Callable[[str], None] = lambda _: None,
) -> str:
    """Run a command to its end and return the end of its output, both streams; raises CommandFailedError.

    `environment` is added to this process's own.
    """
    process = await _started(command, folder, {**os.environ, **(environment if environment is not None else {})})
    last: deque[str] = deque(maxlen=_KEPT_LINES)
    try:
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        async for raw in process.stdout:
            line = raw.decode(errors="replace").rstrip()
            if line:
                last.append(line)
                on_line(line)
        status = await process.wait()
    finally:
        await _end(process)
    if status != 0:
        raise CommandFailedError(command, status, tuple(last))
    return "\n".join(last)


def complete(work: Coroutine[Any, Any, _Result]) -> _Result:
    """Run the work to its end; after a signal, end all of its children and raise InterruptedBySignalError.

    Further signals then stay without effect: the command only has to print its last line.
    """
    received: list[int] = []
    earlier = {number: signal.getsignal(number) for number in SIGNALS}

    async def watched() -> _Result:
        loop, task = asyncio.get_running_loop(), asyncio.current_task()

        def end(number: int) -> None:
            received.append(number)
            if task is not None:
                task.cancel()

        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:  # `nohup` ignores SIGHUP
                loop.add_signal_handler(number, end, number)
        return await work

    try:
        return asyncio.run(watched())
    except asyncio.CancelledError:
        raise InterruptedBySignalError(received[0]) from None
    finally:  # asyncio leaves the default handlers
        for number, handler in earlier.items():
            signal.signal(number, signal.SIG_IGN if received else handler)


async def _started(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> asyncio.subprocess.Process:
    starting = asyncio.ensure_future(
        asyncio.create_subprocess_exec(
            *command,
            cwd=folder,
            env=environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            start_new_session=True,
            limit=_LINE_BYTES,
        )
    )
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        await _end(await starting)  # the process may have started and have children that asyncio does not know
        raise


async def _end(process: asyncio.subprocess.Process) -> None:
    """End the process and its children, if they still run."""
    if process.returncode is not None:
        return
    signal_group(process.pid, signal.SIGTERM)
    try:
        with suppress(TimeoutError):
            await asyncio.wait_for(process.wait(), _TERM_SECONDS)
    finally:
        signal_group(process.pid, signal.SIGKILL)  # for a process that ignores SIGTERM
        await process.wait()

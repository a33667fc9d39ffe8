"""Child processes and signals: a child in a session of its own -> a signal passed on to it -> no process left behind.

A child in a session of its own receives Ctrl-C in a terminal only through this module, and only once. So Terraform can
finish its operations and release its lock, whichever process group received the terminal's signal.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import IO, Any, Self

from colonnade.terminal.errors import ColonnadeError
from colonnade.terminal.exit_status import by_signal

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""The signals after which a command ends its children and cleans up."""
INTERRUPTED = "Interrupted. Nothing is left running."
"""The last line of a command that a signal ended."""
HARD_STOP_SECONDS = 8.0
"""The time limit for the work of `Interruption`'s second signal."""

_MAIN_THREAD_SECONDS = 2.0

Stream = int | IO[Any] | None


class InterruptedBySignalError(ColonnadeError):
    """Raised when a signal ends the command, once all of its child processes have ended."""

    def __init__(self, number: int, message: str = INTERRUPTED) -> None:
        super().__init__(message)
        self.number = number
        self.exit_status = by_signal(number)


class ProgramNotFoundError(ColonnadeError):
    """The program to start is not on PATH or not executable."""


def start(
    command: Sequence[str],
    *,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
    stdin: Stream = subprocess.DEVNULL,
    stdout: Stream = None,
    stderr: Stream = None,
    hold_signals: bool = False,
) -> subprocess.Popen[str]:
    """Start a child in a session of its own; `folder` and `environment` default to those of this process.

    With `hold_signals` the child receives SIGNALS when it calls `end_on_signals`, and none while it starts. Raises
    ProgramNotFoundError.
    """
    earlier = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS if hold_signals else ())
    try:
        return subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            text=True,
            start_new_session=True,
        )
    except OSError as error:
        raise ProgramNotFoundError(f"{command[0]} cannot be run: {error.strerror}") from error
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, earlier)


def shell_status(return_code: int) -> int:
    """Return the status of a child as a shell reports it: 137 for one that SIGKILL ended."""
    return return_code if return_code >= 0 else by_signal(-return_code)


def signal_group(process_id: int, number: int) -> None:
    """Send a signal to a child of `start` and to those of its own children that have no session of their own."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process_id, number)


def stop(process: subprocess.Popen[Any], *, within_seconds: float, number: int = signal.SIGINT) -> None:
    """Send a signal to a child of `start`, wait for its end, and then kill what is left of its group."""
    if process.poll() is None:
        process.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(within_seconds)
    signal_group(process.pid, signal.SIGKILL)
    process.wait()


class Children:
    """A context manager, for the main thread, that leaves no child process behind.

    In its block, the first signal of SIGNALS raises InterruptedBySignalError. At the end of the block, each child that
    still runs receives SIGTERM. The wait for it has no limit, because Terraform may have to finish changes in AWS;
    further signals are passed on as well. Then the work of `at_end` runs, which no signal interrupts.
    After an interrupted block, signals stay without effect: the command only has to print its last line.
    """

    def __init__(self) -> None:
        self._children: list[subprocess.Popen[str]] = []
        self._earlier: dict[int, Any] = {}
        self._at_end = ExitStack()
        self._starting = False
        self._received: int | None = None

    def __enter__(self) -> Self:
        # A signal that is ignored, for example because of `nohup`, stays ignored.
        followed = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
        self._earlier = {number: signal.signal(number, self._interrupt) for number in followed}
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        self._only_pass_on()
        interrupted = isinstance(error, InterruptedBySignalError)
        try:
            self._pass_on()
            for child in self._children:
                child.wait()
                signal_group(child.pid, signal.SIGKILL)
            self._at_end.close()
        finally:
            for number, handler in self._earlier.items():
                signal.signal(number, signal.SIG_IGN if interrupted else handler)

    def start(self, command: Sequence[str], **options: Any) -> subprocess.Popen[str]:
        """Start a child; the options are those of the function `start`."""
        self._starting, self._received = True, None
        try:
            child = start(command, **options)
            self._children.append(child)
        finally:
            self._starting = False
        if self._received is not None:
            raise InterruptedBySignalError(self._received)
        return child

    def at_end(self, work: Callable[[], object]) -> None:
        """Run `work` when every child has ended, the last added first."""
        self._at_end.callback(work)

    def _interrupt(self, number: int, _frame: FrameType | None) -> None:
        self._only_pass_on()
        if not self._starting:
            raise InterruptedBySignalError(number)
        self._received = number  # within `Popen`, an exception would leave a child that is in no list

    def _only_pass_on(self) -> None:
        for number in SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._pass_on)

    def _pass_on(self, _number: int = signal.SIGTERM, _frame: FrameType | None = None) -> None:
        # SIGHUP would end Terraform at once, with its state locked. A Python that starts prints a traceback at SIGINT.
        for child in self._children:
            if child.poll() is None:
                child.terminate()


def run(command: Sequence[str], **options: Any) -> int:
    """Run one child to its end and return its status as a shell reports it; the options are those of `start`."""
    with Children() as children:
        return shell_status(children.start(command, **options).wait())


class Interruption:
    """SIGINT, SIGTERM and SIGHUP as a value to poll, for work that ends itself.

    The first signal requests the end. The second one forces it. Create it in the main thread. Output without a reader,
    as after `| head -1`, requests the end, too; the exit status is then that of SIGPIPE.
    """

    def __init__(self, on_second: Callable[[], None], reader_has_gone: Callable[[], bool] = lambda: False) -> None:
        """Handle SIGNALS. The second one calls `on_second` in a thread; the process then exits, after 10 s at most."""
        self._on_second = on_second
        self._reader_has_gone = reader_has_gone
        self._forced = False
        self._requested = threading.Event()
        self._number: int | None = None
        for each in SIGNALS:
            signal.signal(each, self._receive)

    def reason(self) -> str | None:
        """Return the reason to stop; None until a signal arrives or the output has no reader."""
        if self._number is None and self._reader_has_gone():
            self._number = signal.SIGPIPE
            self._requested.set()
        return "interrupted" if self._requested.is_set() else None

    def wait(self, seconds: float) -> bool:
        """Wait for a reason to stop, at most that many seconds; return whether there is one."""
        return self._requested.wait(seconds) or self.reason() is not None

    def acknowledge(self) -> None:
        """Clear the request, once the end has begun, so that it does not interrupt it. A second signal still counts."""
        self._requested.clear()

    @property
    def forced(self) -> bool:
        """Return whether a second signal arrived. `on_second` ends parts that the main thread may still use."""
        return self._forced

    @property
    def exit_status(self) -> int | None:
        """The status as a shell reports it, 130 for Ctrl-C; None without a reason to stop."""
        return by_signal(self._number) if self._number is not None else None

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        if self._number is None:
            self._number = number
            self._requested.set()
        elif not self._forced:
            self._forced = True
            threading.Thread(target=self._stop_hard, name="hard-stop", daemon=True).start()

    def _stop_hard(self) -> None:
        ending = threading.Thread(target=self._on_second, name="hard-stop-work", daemon=True)
        ending.start()
        ending.join(HARD_STOP_SECONDS)
        threading.main_thread().join(_MAIN_THREAD_SECONDS)  # after `on_second` it has only its files to remove
        os._exit(self.exit_status if self.exit_status is not None else 1)

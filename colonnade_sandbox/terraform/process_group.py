"""The end of a process group, such as Terraform with its providers, before its files are removed."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from colonnade.terminal.processes import signal_group

_GONE_WITHIN_SECONDS = 5.0
_POLL_SECONDS = 0.01
_ENDED = ("Z", "X")


@contextlib.contextmanager
def no_process_left(process: subprocess.Popen[str]) -> Iterator[None]:
    """Kill what is left of the group of `process` at the end of the block, even if SIGKILL ends this process in it.

    A shell waits for the end of this process. Its parent-death signal would reach Terraform, and not the providers.
    """
    watch = ["sh", "-c", 'read -r _; kill -s KILL -- "-$1"', "sh", str(process.pid)]
    watcher = subprocess.Popen(watch, stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd="/", start_new_session=True)
    try:
        yield
    finally:
        kill_group(process.pid)
        process.wait()
        watcher.kill()
        watcher.communicate()


def kill_group(group: int) -> None:
    """Kill every process of the group, and return when all have ended, after at most 5 s.

    Each process receives the signal separately: when the group's leader has ended, a provider may still run.
    """
    signal_group(group, signal.SIGKILL)
    deadline = time.monotonic() + _GONE_WITHIN_SECONDS
    while any(state not in _ENDED for state in _states(group)) and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)


def _states(group: int) -> Iterator[str]:
    """Yield the state letter of each process of the group: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            content = path.read_text()
        except OSError:
            continue  # the process has ended
        state, _parent, its_group, *_ = content.rpartition(")")[2].split()
        if int(its_group) == group:
            yield state

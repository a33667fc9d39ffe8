"""A signal at any moment ends a command with one line and the right status: the commands as processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from colonnade.terminal import processes
from tests.support.waiting import wait_until

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def handles_signals(process: subprocess.Popen[str]) -> bool:
    """Return True as soon as the process has a handler for SIGTERM, which the interpreter alone has not."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    caught = int(status.partition("SigCgt:")[2].split()[0], 16)
    return bool(caught & 1 << (signal.SIGTERM - 1))


def start(module: str, *arguments: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
        start_new_session=True,
    )


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("after_seconds", [0, 0.05, 0.2, 0.5])
def test_a_signal_while_a_command_starts_ends_it_with_one_line(after_seconds: float, number: signal.Signals) -> None:
    process = start("colonnade", "show", "services")
    wait_until(lambda: handles_signals(process))
    time.sleep(after_seconds)
    process.send_signal(number)
    output, _ = process.communicate(timeout=20)
    if process.returncode == 0:  # it had ended before the signal
        return
    assert (process.returncode, output.splitlines()[-1]) == (128 + number, "Interrupted.")
    assert "Traceback" not in output


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("after_seconds", [0, 0.3])
def test_a_signal_while_the_sandbox_starts_ends_it_in_silence(after_seconds: float, number: signal.Signals) -> None:
    process = start("colonnade_sandbox", "plan", "no-such-stack")
    wait_until(lambda: handles_signals(process))
    time.sleep(after_seconds)
    process.send_signal(number)
    output, _ = process.communicate(timeout=20)
    if process.returncode == 2:  # it had ended before the signal
        return
    assert (process.returncode, output) == (128 + number, "")


def test_a_parent_may_hold_signals_until_its_child_can_handle_them() -> None:
    command = [sys.executable, "-m", "colonnade_sandbox", "plan", "no-such-stack"]
    child = processes.start(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, hold_signals=True)
    child.send_signal(signal.SIGINT)
    output, _ = child.communicate(timeout=20)
    assert (child.returncode, output) == (130, "")
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == set()

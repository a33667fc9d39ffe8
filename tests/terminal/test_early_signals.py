"""A signal at any moment ends a command with one line and the right status: the commands as processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from colonnade.terminal import processes
from tests.support.small_stacks import write_small_stacks
from tests.support.waiting import wait_until

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def handles_signals(process: subprocess.Popen[str]) -> bool:
    """Return True as soon as the process has a handler for SIGTERM, which the interpreter alone has not."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    caught = int(status.partition("SigCgt:")[2].split()[0], 16)
    return bool(caught & 1 << (signal.SIGTERM - 1))


def start(module: str, *arguments: str, **settings: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", **settings}
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


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("after_seconds", [0, 0.05, 0.2])
@pytest.mark.parametrize("between_seconds", [0, 0.02])
def test_a_second_signal_changes_neither_the_line_nor_the_status(
    after_seconds: float, between_seconds: float, number: signal.Signals
) -> None:
    process = start("colonnade", "check")
    wait_until(lambda: handles_signals(process))
    for seconds in (after_seconds, between_seconds):
        time.sleep(seconds)
        process.send_signal(number)
    output, _ = process.communicate(timeout=20)
    if process.returncode == 0:  # it had ended before the signals
        return
    assert (process.returncode, output.strip()) == (128 + number, "Interrupted.")


@pytest.mark.synth
@pytest.mark.parametrize("after_seconds", [0, 0.1, 1.0])
def test_two_signals_while_a_child_of_a_command_starts_leave_one_line_and_no_process(
    tmp_path: Path, after_seconds: float
) -> None:
    out, scratch = tmp_path / "out", tmp_path / "scratch"
    scratch.mkdir()
    process = start("colonnade", "synth", CDKTF_OUTDIR=str(out), TMPDIR=str(scratch))
    assert process.stdout is not None
    assert process.stdout.readline() == "Synthesizing sandbox ...\n"
    for seconds in (after_seconds, 0.02):
        time.sleep(seconds)
        process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=20)
    assert (process.returncode, output) == (130, f"{processes.INTERRUPTED}\n")
    assert not list(_using(out))
    assert list(scratch.iterdir()) == []


def _using(folder: Path) -> Iterator[str]:
    """Yield the process numbers of those with this output folder."""
    for entry in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if f"CDKTF_OUTDIR={folder}\0".encode() in entry.read_bytes():
                yield entry.parent.name


@pytest.mark.sandbox
@pytest.mark.parametrize("after_seconds", [0.5, 1.0, 1.5, 2.5])
def test_two_signals_while_the_emulator_starts_leave_nothing(tmp_path: Path, after_seconds: float) -> None:
    stacks, scratch = write_small_stacks(tmp_path / "out", environment="prod"), tmp_path / "scratch"
    scratch.mkdir()
    process = start("colonnade_sandbox", "plan", "small", "--synthesized", str(stacks), TMPDIR=str(scratch))
    wait_until(lambda: handles_signals(process))
    for seconds in (after_seconds, 0.05):
        time.sleep(seconds)
        process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in output
    assert list(scratch.iterdir()) == []


def test_a_parent_may_hold_signals_until_its_child_can_handle_them() -> None:
    command = [sys.executable, "-m", "colonnade_sandbox", "plan", "no-such-stack"]
    child = processes.start(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, hold_signals=True)
    child.send_signal(signal.SIGINT)
    output, _ = child.communicate(timeout=20)
    assert (child.returncode, output) == (130, "")
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == set()

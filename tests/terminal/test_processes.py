"""Children in sessions of their own: each receives a signal once, is waited for, and leaves no process running."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from colonnade.terminal.processes import SIGNALS, Children, ProgramNotFoundError, run, shell_status, start, stop
from tests.support.processes import ended
from tests.support.waiting import wait_until

_ROOT = Path(__file__).parents[2]
_CHILD = """
import signal, subprocess, sys, time
from pathlib import Path
def receive(number, _frame):
    Path(sys.argv[1]).with_suffix(".signal").write_text(str(number))
    raise SystemExit(0)
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, receive)
grandchild = subprocess.Popen(["sleep", "60"])
Path(sys.argv[1]).write_text(f"{grandchild.pid} ready")
time.sleep(60)
"""
_PARENT = """
import sys
from colonnade.terminal.errors import ColonnadeError
from colonnade.terminal.processes import Children
try:
    with Children() as children:
        children.at_end(lambda: print("cleaned", flush=True))
        children.start([sys.executable, "-c", sys.argv[2], sys.argv[1]]).wait()
except ColonnadeError as error:
    sys.stderr.write(f"{error}\\n")
    raise SystemExit(error.exit_status)
"""


@pytest.mark.parametrize("number", SIGNALS)
def test_a_signal_is_passed_on_decides_the_exit_status_and_leaves_no_grandchild(
    tmp_path: Path, number: signal.Signals
) -> None:
    file = tmp_path / "child"
    parent = subprocess.Popen(
        ["env", "--default-signal", sys.executable, "-c", _PARENT, str(file), _CHILD],  # noqa: S607
        cwd=_ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_until(lambda: file.exists() and file.read_text().endswith("ready"))
    parent.send_signal(number)
    output, errors = parent.communicate(timeout=30)
    assert parent.returncode == 128 + number
    assert errors == "Interrupted. Nothing is left running.\n"
    assert output == "cleaned\n"
    assert file.with_suffix(".signal").read_text() == str(int(signal.SIGTERM))
    wait_until(lambda: ended(int(file.read_text().split()[0])))


def _fail_beside_a_child(found: list[int | None]) -> None:
    with Children() as children:
        child = children.start(["sleep", "60"])
        children.at_end(lambda: found.append(child.poll()))
        raise RuntimeError


def test_an_error_in_the_block_ends_its_children_before_the_work_of_at_end() -> None:
    found: list[int | None] = []
    with pytest.raises(RuntimeError):
        _fail_beside_a_child(found)
    assert found == [-signal.SIGTERM]


def test_the_earlier_signal_handlers_are_restored_after_the_block() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    with Children():
        pass
    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_a_child_has_a_session_of_its_own_and_its_status_is_that_of_a_shell() -> None:
    child = start(["sleep", "60"])
    assert os.getsid(child.pid) == child.pid
    child.kill()
    assert shell_status(child.wait()) == 137
    assert run(["sh", "-c", "exit 3"]) == 3


def test_a_child_that_ignores_the_signal_is_killed_with_its_children(tmp_path: Path) -> None:
    file = tmp_path / "grandchild"
    child = start(["sh", "-c", f"trap '' INT; sleep 60 & echo $! > {file}; wait; wait"])
    wait_until(lambda: file.exists() and file.read_text().endswith("\n"))
    stop(child, within_seconds=0.2)
    assert child.returncode == -signal.SIGKILL
    wait_until(lambda: ended(int(file.read_text())))


def test_a_missing_program_is_named() -> None:
    with pytest.raises(ProgramNotFoundError, match=r"^no-such-program cannot be run: No such file or directory$"):
        start(["no-such-program"])

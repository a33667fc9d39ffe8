"""Commands in parallel: the report of one that failed, and that no child is left when the work ends early."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from colonnade.terminal.parallel import CommandFailedError, complete, run
from colonnade.terminal.processes import SIGNALS, InterruptedBySignalError
from tests.support.processes import ended
from tests.support.waiting import wait_until


def test_the_output_of_both_streams_is_received_line_by_line(tmp_path: Path) -> None:
    lines: list[str] = []
    script = "echo one; echo two >&2; echo; pwd; echo $WORD"
    output = complete(run(("sh", "-c", script), folder=tmp_path, environment={"WORD": "three"}, on_line=lines.append))

    assert lines == ["one", "two", str(tmp_path), "three"]
    assert output.splitlines() == lines


def test_a_failed_command_reports_its_status_and_the_end_of_its_output(tmp_path: Path) -> None:
    script = "for i in $(seq 30); do echo line $i; done; exit 7"
    with pytest.raises(CommandFailedError) as failure:
        complete(run(("sh", "-c", script), folder=tmp_path))

    lines = str(failure.value).splitlines()
    assert lines[0] == "`sh -c` ended with 7:"
    assert lines[1:] == [f"    line {number}" for number in range(16, 31)]
    assert failure.value.last_line == "line 30"


def test_a_failure_without_output_is_reported(tmp_path: Path) -> None:
    with pytest.raises(CommandFailedError, match=r"ended with 1:\n    \(no output\)") as failure:
        complete(run(("sh", "-c", "exit 1"), folder=tmp_path))
    assert failure.value.last_line == "exit status 1"


@pytest.fixture
def default_signals() -> Iterator[None]:
    """Handle signals as a command does, even if the tests run in a shell's background job, which ignores SIGINT."""
    earlier = {number: signal.signal(number, signal.default_int_handler) for number in SIGNALS}
    yield
    for number, handler in earlier.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.usefixtures("default_signals")
def test_a_signal_ends_every_child_and_the_children_of_each(tmp_path: Path, number: signal.Signals) -> None:
    # Each has a child of its own, and the second one ignores SIGTERM.
    scripts = ("sleep 60 & echo $$ $! > one; wait", "trap '' TERM; sleep 60 & echo $$ $! > two; wait; wait")
    files = [tmp_path / "one", tmp_path / "two"]

    async def both() -> None:
        await asyncio.gather(*(run(("sh", "-c", script), folder=tmp_path) for script in scripts))

    def interrupt() -> None:
        wait_until(lambda: all(file.exists() and len(file.read_text().split()) == 2 for file in files))
        os.kill(os.getpid(), number)

    thread = threading.Thread(target=interrupt)
    thread.start()
    began = time.monotonic()
    with pytest.raises(InterruptedBySignalError) as end:
        complete(both())
    thread.join()

    pids = [int(word) for file in files for word in file.read_text().split()]
    wait_until(lambda: all(ended(pid) for pid in pids))
    assert end.value.exit_status == 128 + number
    assert time.monotonic() - began < 30
    os.kill(os.getpid(), number)  # a second signal does not change the line and the status

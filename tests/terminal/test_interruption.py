"""The first signal requests the end, and the second one forces it. Each test has a process of its own."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

_PROGRAM = """
import sys, time
from colonnade.terminal.processes import Interruption
interruption = Interruption(on_second=lambda: print("ended hard", flush=True))
print(interruption.reason(), flush=True)
while not interruption.wait(0.05):
    pass
print(interruption.reason(), flush=True)
if "stubborn" in sys.argv:
    interruption.acknowledge()
    print(interruption.reason(), flush=True)
    time.sleep(30)
raise SystemExit(interruption.exit_status)
"""


_WITHOUT_READER = """
import sys
from colonnade.terminal.processes import Interruption
from colonnade.terminal.progress import OutputConsole, Progress
progress = Progress(OutputConsole())
interruption = Interruption(on_second=lambda: None, reader_has_gone=progress.reader_has_gone)
progress.say("first")
while not interruption.wait(0.05):
    for line in sys.argv[1:]:
        progress.say(line)
interruption.acknowledge()
progress.say("Destroying ...")
sys.stderr.write(str(interruption.reason()))
raise SystemExit(interruption.exit_status)
"""


def _start(*arguments: str) -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", _PROGRAM, *arguments], stdout=subprocess.PIPE, text=True)
    assert _line(process) == "None"
    return process


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_first_signal_is_a_reason_to_stop_and_decides_the_exit_status(number: signal.Signals) -> None:
    process = _start()
    process.send_signal(number)
    assert process.communicate(timeout=10)[0] == "interrupted\n"
    assert process.returncode == 128 + number


def test_the_second_signal_forces_the_end() -> None:
    process = _start("stubborn")
    process.send_signal(signal.SIGINT)
    assert [_line(process), _line(process)] == ["interrupted", "None"]
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=10)[0] == "ended hard\n"
    assert process.returncode == 130


@pytest.mark.parametrize("lines", [(), ("more",)])
def test_output_without_a_reader_is_a_reason_to_stop_also_while_there_is_nothing_to_print(lines: tuple[str]) -> None:
    command = [sys.executable, "-c", _WITHOUT_READER, *lines]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert _line(process) == "first"
    assert process.poll() is None
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == "None"
    assert process.wait(10) == 128 + signal.SIGPIPE

"""Tests of a task's process: its start, its end, its last log lines, and its end with the sandbox."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from colonnade_sandbox.tasks.private_etc import PrivateEtc
from colonnade_sandbox.tasks.process import ProcessLauncher, ProcessSpecification, TaskProcess, namespaces_allowed
from tests.support.processes import running_with
from tests.support.waiting import wait_until

PROJECT = Path(__file__).resolve().parents[3]
Start = Callable[..., TaskProcess]


@pytest.fixture(params=["namespaces", "plain"])
def start(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Start]:
    """Return a function that starts a Python program as a task, with namespaces and without."""
    private_etc = PrivateEtc(tmp_path) if request.param == "namespaces" else None
    if private_etc is not None and not namespaces_allowed(private_etc):
        pytest.skip("this machine does not allow its users to create namespaces")
    launcher = ProcessLauncher(private_etc=private_etc)

    def start(
        program: str,
        *,
        command: tuple[str, ...] | None = None,
        init: bool = False,
        limits: dict[str, tuple[int, int]] | None = None,
        **environment: str,
    ) -> TaskProcess:
        return launcher.start(
            ProcessSpecification(
                init=init,
                limits=limits if limits is not None else {},
                command=command if command is not None else (sys.executable, "-I", "-S", "-c", program),
                environment=environment,
                host_name="ip-127-1-0-1.eu-west-1.compute.internal",
                working_directory=tmp_path,
                log_path=tmp_path / "log",
            )
        )

    yield start
    launcher.close()


def test_a_task_runs_with_its_environment_in_its_folder_and_logs_both_outputs(start: Start, tmp_path: Path) -> None:
    process = start(
        "import os, sys; print(os.getcwd(), flush=True); print(os.environ['COLOUR'], file=sys.stderr)", COLOUR="blue"
    )
    assert process.wait(10)
    assert process.exit_code() == 0
    assert process.last_lines() == (str(tmp_path), "blue")


def test_a_task_is_running_from_the_start_of_its_command_until_it_ends(start: Start) -> None:
    process = start("import time; time.sleep(60)")
    wait_until(process.running)
    assert process.process_id is not None
    command = Path(f"/proc/{process.process_id}/cmdline").read_bytes().split(b"\0")
    assert b"import time; time.sleep(60)" in command
    process.kill()
    assert process.wait(10)
    assert not process.running()
    assert process.exit_code() == 137


def test_the_exit_code_is_the_commands(start: Start) -> None:
    process = start("raise SystemExit(3)")
    assert process.wait(10)
    assert process.exit_code() == 3


def test_sigterm_reaches_a_handler(start: Start) -> None:
    process = start(
        "import signal, sys, time; signal.signal(15, lambda *_: sys.exit(7)); print('up', flush=True); time.sleep(60)"
    )
    wait_until(lambda: process.last_lines() == ("up",))
    process.terminate()
    assert process.wait(10)
    assert process.exit_code() == 7


def test_the_error_for_a_missing_command_states_the_command(start: Start) -> None:
    process = start("", command=("no-such-program",))
    assert process.wait(10)
    assert process.start_error == "no-such-program: No such file or directory"
    assert not process.running()


def test_child_processes_end_with_their_task(start: Start) -> None:
    child = ("sleep", str(300_000 + os.getpid()))
    process = start(f"import subprocess; subprocess.Popen({child!r}); print('up', flush=True)", PATH="/usr/bin:/bin")
    assert process.wait(10)
    assert process.last_lines() == ("up",)
    wait_until(lambda: running_with(*child) == 0)


def test_an_init_process_forwards_signals_and_reports_the_commands_exit_code(start: Start) -> None:
    process = start("import time; print('up', flush=True); time.sleep(60)", init=True)
    wait_until(lambda: process.last_lines() == ("up",))
    assert process.running()
    process.terminate()
    assert process.wait(10)
    assert process.exit_code() == 143
    failing = start("raise SystemExit(3)", init=True)
    assert failing.wait(10)
    assert failing.exit_code() == 3


def test_an_init_process_reaps_the_processes_that_others_leave(start: Start) -> None:
    seconds = f"0.{100_000 + os.getpid()}"
    process = start(
        "", command=("/bin/sh", "-c", f"(sleep {seconds} &); echo up; sleep 60"), init=True, PATH=os.defpath
    )
    wait_until(lambda: process.last_lines() == ("up",))
    assert process.process_id is not None
    children = Path(f"/proc/{process.process_id}/task/{process.process_id}/children")
    wait_until(lambda: len(children.read_text().split()) == 1)  # a zombie would stay a child
    process.kill()
    assert process.wait(10)


def test_resource_limits_are_set_as_far_as_the_machine_allows(start: Start) -> None:
    program = (
        "import resource; print(*resource.getrlimit(resource.RLIMIT_NOFILE), *resource.getrlimit(resource.RLIMIT_CORE))"
    )
    process = start(program, limits={"nofile": (100, 200), "core": (0, 0), "unknown": (1, 1)})
    assert process.wait(10)
    assert process.last_lines() == ("100 200 0 0",)


def test_only_the_last_lines_of_a_long_log_are_read(start: Start) -> None:
    process = start("for number in range(5000): print('line', number)")
    assert process.wait(10)
    assert process.last_lines(3) == ("line 4997", "line 4998", "line 4999")


def test_with_namespaces_a_task_has_its_own_host_name_and_process_ids(tmp_path: Path) -> None:
    etc = PrivateEtc(tmp_path)
    if not namespaces_allowed(etc):
        pytest.skip("this machine does not allow its users to create namespaces")
    launcher = ProcessLauncher(private_etc=etc)
    process = launcher.start(
        ProcessSpecification(
            command=(sys.executable, "-c", "import os, socket; print(socket.gethostname(), os.getpid())"),
            environment={},
            host_name="ip-127-1-0-1.eu-west-1.compute.internal",
            working_directory=tmp_path,
            log_path=tmp_path / "log",
        )
    )
    assert process.wait(10)
    launcher.close()
    assert process.last_lines() == ("ip-127-1-0-1.eu-west-1.compute.internal 1",)
    assert socket.gethostname() != "ip-127-1-0-1.eu-west-1.compute.internal"


SANDBOX = """if True:
    import sys, time
    from pathlib import Path
    from colonnade_sandbox.tasks.private_etc import PrivateEtc
    from colonnade_sandbox.tasks.process import ProcessLauncher, ProcessSpecification
    directory = Path(sys.argv[1])
    etc = PrivateEtc(directory) if sys.argv[2] == "namespaces" else None
    task = "import subprocess, sys, time; subprocess.Popen(['sleep', sys.argv[1]]); time.sleep(600)"
    command = (sys.executable, "-c", task, sys.argv[3])
    process = ProcessLauncher(private_etc=etc).start(ProcessSpecification(
        command=command, environment={"PATH": "/usr/bin:/bin"}, host_name="task", working_directory=directory,
        log_path=directory / "log"))
    while process.process_id is None: time.sleep(0.01)
    print(process.process_id, flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize("kind", ["namespaces", "plain"])
def test_a_sandbox_killed_with_sigkill_leaves_no_task_and_no_child_process(tmp_path: Path, kind: str) -> None:
    if kind == "namespaces" and not namespaces_allowed(PrivateEtc(tmp_path)):
        pytest.skip("this machine does not allow its users to create namespaces")
    child = ("sleep", str(200_000 + os.getpid()))
    sandbox = subprocess.Popen(
        [sys.executable, "-c", SANDBOX, str(tmp_path), kind, child[1]], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )
    assert sandbox.stdout is not None
    task = int(sandbox.stdout.readline())
    wait_until(lambda: running_with(*child) == 1)
    sandbox.send_signal(signal.SIGKILL)
    sandbox.communicate()
    wait_until(lambda: not Path(f"/proc/{task}").exists())
    wait_until(lambda: running_with(*child) == 0)

"""The development command: the three services without a load balancer, reload, and a clean end."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from service_apps import dev
from tests.support.service_process import HOST, ROOT, clean_environment, free_port


def _three_free_ports() -> int:
    """Return the first of three consecutive free ports."""
    for _ in range(50):
        first = free_port()
        try:
            for port in range(first, first + 3):
                with socket.socket() as one:
                    one.bind((HOST, port))
        except OSError:
            continue
        return first
    raise AssertionError("no three free ports in a row")


def _until(true: Callable[[], bool], seconds: float = 30) -> None:
    ends_at = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends_at
        time.sleep(0.05)


def _answers(port: int, path: str) -> bool:
    try:
        return httpx.get(f"http://{HOST}:{port}{path}", timeout=5, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


@contextmanager
def _development(first_port: int, output: Path) -> Iterator[subprocess.Popen[bytes]]:
    with output.open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "service_apps.dev", "--first-port", str(first_port)],
            cwd=ROOT,
            env=clean_environment(),
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            yield process
        finally:
            process.terminate()
            try:
                process.wait(10)
            finally:
                process.kill()


def test_one_command_runs_the_three_and_ctrl_c_ends_them_all(tmp_path: Path) -> None:
    first = _three_free_ports()
    with _development(first, tmp_path / "log") as process:
        _until(lambda: all(_answers(first + n, f"/service{n + 1}") for n in range(3)))
        assert _answers(first, "/service1/fetch")
        assert _answers(first + 1, "/service2/fetch")
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
    assert not any(_answers(first + n, "/health") for n in range(3))
    assert "Traceback" not in (tmp_path / "log").read_text()


class _Processes(dev.Processes):
    """A stand-in that counts starts and stops."""

    def __init__(self) -> None:
        super().__init__({})
        self.started = 0
        self.stopped = 0

    def start(self) -> None:
        self.started += 1

    def stop(self) -> None:
        self.stopped += 1


def test_a_changed_python_file_restarts_them_and_no_other_file_does(tmp_path: Path) -> None:
    processes, stop = _Processes(), threading.Event()
    running = threading.Thread(target=dev.run, args=(processes, tmp_path, stop))
    running.start()
    try:
        _until(lambda: processes.started == 1)
        time.sleep(0.3)  # until the folder is watched
        (tmp_path / "notes.txt").write_text("")
        time.sleep(0.3)
        assert processes.started == 1
        (tmp_path / "module.py").write_text("")
        _until(lambda: processes.started == 2)
        assert processes.stopped == 1
    finally:
        stop.set()
        running.join(10)
    assert processes.stopped == processes.started


@pytest.mark.parametrize("arguments", [["--first-port", "0"], ["--first-port", "65535"], ["--first-port", "x"]])
def test_a_wrong_port_is_refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        dev.main(arguments)
    assert caught.value.code == 2
    assert "--first-port" in capsys.readouterr().err

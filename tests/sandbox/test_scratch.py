"""Scratch folders: those of processes that were killed go at the next start, all others stay."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from colonnade_sandbox.scratch import make_scratch

HOLD = """
import sys, time
from contextlib import ExitStack
from colonnade_sandbox.scratch import make_scratch
print(make_scratch(ExitStack()), flush=True)
time.sleep(60)
"""


def old(folder: Path) -> Path:
    os.utime(folder, (time.time() - 3600, time.time() - 3600))
    return folder


@pytest.fixture
def parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def test_the_folder_of_a_killed_process_goes_at_the_next_start_and_that_of_a_running_one_stays(parent: Path) -> None:
    processes = [subprocess.Popen([sys.executable, "-c", HOLD], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    killed, running = (old(Path(process.stdout.readline().strip())) for process in processes if process.stdout)
    processes[0].kill()
    processes[0].wait()
    other = parent / "colonnade-other"
    other.mkdir()
    old(other)
    try:
        with ExitStack() as ending:
            made = make_scratch(ending)
            assert made.parent == parent
            assert (killed.exists(), running.exists(), other.exists()) == (False, True, True)
        assert not made.exists()
    finally:
        processes[1].kill()
        processes[1].communicate()


def test_a_folder_that_is_not_locked_yet_stays(parent: Path) -> None:
    young = parent / "colonnade-sandbox-young"
    young.mkdir()
    with ExitStack() as ending:
        make_scratch(ending)
    assert young.exists()

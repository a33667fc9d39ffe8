"""A running `up` is recognized by its lock, so the file of a killed one never counts as running."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from colonnade_sandbox.errors import SandboxError
from colonnade_sandbox.session.file import SessionFile, session_files

_HOLD = """
import sys
from pathlib import Path
from colonnade_sandbox.session.file import SessionFile
with SessionFile(Path(sys.argv[1]), "a").held():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_the_contents_are_readable_while_the_lock_is_held_and_removed_afterwards(tmp_path: Path) -> None:
    file = SessionFile(tmp_path, "a")
    with file.held():
        file.write({"urls": ["http://a"]})
        assert SessionFile(tmp_path, "a").read() == {"process_id": os.getpid(), "urls": ["http://a"]}
        assert [each.name for each in session_files(tmp_path)] == ["a"]
    assert file.read() is None
    assert list(tmp_path.iterdir()) == []


def test_a_second_session_of_one_deployment_is_refused_and_one_of_another_deployment_is_not(tmp_path: Path) -> None:
    with SessionFile(tmp_path, "a").held():
        with pytest.raises(SandboxError, match="deployment 'a' is already running"), SessionFile(tmp_path, "a").held():
            pass
        with SessionFile(tmp_path, "b").held():
            assert SessionFile(tmp_path, "a").runs()


@pytest.mark.parametrize("content", ['{"process_id": 1', "", "[]", "{}", "\xff"])
def test_an_incomplete_file_of_a_running_session_is_named(tmp_path: Path, content: str) -> None:
    file = SessionFile(tmp_path, "a")
    with file.held():
        (tmp_path / "a.json").write_text(content, encoding="latin-1")
        with pytest.raises(
            SandboxError, match=r"session file '.*a\.json' is incomplete, and the sandbox of 'a' runs\n"
        ):
            SessionFile(tmp_path, "a").read()


def test_a_write_that_failed_leaves_no_file(tmp_path: Path) -> None:
    file = SessionFile(tmp_path, "a")
    with file.held():
        (tmp_path / "a.new").write_text("{")
    assert list(tmp_path.iterdir()) == []


def test_the_files_of_a_killed_process_are_stale_and_removed_when_they_are_read(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    file = SessionFile(tmp_path, "a")
    facts = file.read()
    assert facts is not None
    assert facts["process_id"] == process.pid
    process.kill()
    process.communicate()
    assert (tmp_path / "a.json").exists()
    assert file.read() is None
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_has_no_session_files(tmp_path: Path) -> None:
    assert session_files(tmp_path / "absent") == ()
    assert SessionFile(tmp_path / "absent", "a").read() is None

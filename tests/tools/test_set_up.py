"""The set-up of .venv as processes, with a stand-in for Python and pip: interruptions, and two at once."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.processes import ended
from tests.support.waiting import wait_until

_ROOT = Path(__file__).parents[2]
_COPIED = ("Makefile", "Pipfile.lock", "pyproject.toml", "tools/set-up", "tools/installing", "tools/pipenv-version")
_PYTHON = """#!/bin/sh
echo "$*" >> calls
case "$*" in
  "-m venv "*) mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
  *"pipenv sync"*) if [ -e slow ]; then sleep 60 & echo $! > child; wait; else sleep 1; fi ;;
esac
"""
_TERRAFORM = "#!/bin/sh\necho Terraform v1.11.0\n"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """Return a folder with the set-up's files, and programs that stand in for Python and Terraform."""
    for name in _COPIED:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(_ROOT / name, tmp_path / name)
    programs = tmp_path / "programs"
    programs.mkdir()
    for name, text in (("python3", _PYTHON), ("terraform", _TERRAFORM)):
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    return tmp_path


def _start(clone: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "PATH": f"{clone / 'programs'}:{os.environ['PATH']}"}
    for name in ("PYTHON", "MAKEFLAGS", "MFLAGS", "MAKELEVEL"):  # those of a `make test` that runs this test
        environment.pop(name, None)
    return subprocess.Popen(
        ["make", ".venv/.ready"],  # noqa: S607
        cwd=clone,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def _syncs(clone: Path) -> int:
    return (clone / "calls").read_text().count("pipenv sync")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_set_up_leaves_no_process_and_the_next_one_completes(
    clone: Path, number: signal.Signals
) -> None:
    (clone / "slow").touch()
    first = _start(clone)
    wait_until(lambda: (clone / "child").exists() and (clone / "child").read_text().endswith("\n"))
    os.killpg(first.pid, number)  # as a terminal does
    output, _ = first.communicate(timeout=20)
    assert first.returncode != 0
    assert "Set-up interrupted; the next one starts it again.\n" in output
    assert ended(int((clone / "child").read_text()))

    (clone / "slow").unlink()
    second = _start(clone)
    assert (second.communicate(timeout=20)[0].splitlines()[-1].split("  ")[1], second.returncode) == ("Ready", 0)


def test_two_at_once_wait_for_each_other_and_the_second_has_nothing_to_do(clone: Path) -> None:
    both = [_start(clone) for _ in range(2)]
    outputs = sorted((each.communicate(timeout=20)[0] for each in both), key=len)
    assert [each.returncode for each in both] == [0, 0]
    assert "Waiting for another set-up of this folder" in outputs[0]
    assert "Ready" in outputs[1]
    assert _syncs(clone) == 1


def test_a_venv_without_pip_is_made_again(clone: Path) -> None:
    python = clone / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)
    assert _start(clone).wait(20) == 0
    assert "-m venv --clear .venv" in (clone / "calls").read_text()


def test_a_changed_pyproject_installs_only_the_project_again(clone: Path) -> None:
    assert _start(clone).wait(20) == 0
    time.sleep(0.01)
    (clone / "pyproject.toml").touch()
    assert _start(clone).wait(20) == 0
    assert "pip install --disable-pip-version-check --no-deps" in (clone / "calls").read_text().splitlines()[-1]
    assert _syncs(clone) == 1


def test_the_project_is_installed_again_without_other_packages_than_those_of_the_lock() -> None:
    """Set-up does so after a change of pyproject.toml, with these options, and without an isolated build."""
    options = ["--no-deps", "--no-build-isolation", "--editable", str(_ROOT), "--dry-run"]
    installed = subprocess.run(
        [sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "--no-index", *options],
        capture_output=True,
        text=True,
    )
    assert installed.returncode == 0, installed.stderr

"""A machine that refuses something ends a command with one message and its fix: the commands in namespaces."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from colonnade.terminal.machine_errors import machine_error
from tests.support.command_line import PROGRAM, ROOT
from tests.support.small_stacks import DEPLOYMENT, write_small_stacks

_NAMESPACES = ("unshare", "--user", "--map-root-user", "--mount", "--net")
_needs_namespaces = pytest.mark.skipif(
    subprocess.run([*_NAMESPACES, "true"], check=False, capture_output=True).returncode != 0,
    reason="this user may not make namespaces",
)


def _run(script: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a shell script in the project's root, in namespaces of its own; COLONNADE is the command."""
    return subprocess.run(
        [*_NAMESPACES, "sh", "-c", script],
        cwd=ROOT,
        env={**os.environ, "COLONNADE": str(PROGRAM), **settings},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_refused_file_is_named_with_the_reason_and_the_fix() -> None:
    described = machine_error(OSError(errno.EACCES, "", "cdktf.out"))
    assert str(described).splitlines()[0] == "file or folder 'cdktf.out': Permission denied"
    of_node = machine_error(RuntimeError("Error: EROFS: read-only file system, mkdir '/x/stacks'"))
    assert str(of_node).splitlines()[0] == "file or folder '/x/stacks': Read-only file system"
    no_folder = machine_error(FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/tmp']"))
    assert "set TMPDIR" in str(no_folder)
    assert machine_error(FileNotFoundError(errno.ENOENT, "", "main.py")) is None
    assert machine_error(RuntimeError("Error: EROFS: in the name of a resource")) is None


def test_a_write_to_a_full_file_system_names_it(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full, pytest.raises(OSError, match="No space left") as caught:
        full.write("x" * 100_000)
    message = str(machine_error(caught.value, tmp_path))
    assert message == "a file that the command writes: No space left on device\n    free space on this file system"


@_needs_namespaces
def test_a_read_only_checkout_is_named() -> None:
    read_only = 'mount -t tmpfs -o ro none .sandbox; "$COLONNADE" preview services; "$COLONNADE" sandbox status'
    (ROOT / ".sandbox").mkdir(exist_ok=True)
    ended = _run(read_only)
    assert "Traceback" not in ended.stderr
    assert ended.stderr.startswith("file or folder '.sandbox/preview-")
    assert "Read-only file system\n    use a copy of the project on a file system that can be written" in ended.stderr
    assert ended.stdout == "Nothing is running.\n"


@_needs_namespaces
@pytest.mark.synth
@pytest.mark.parametrize(("option", "reason"), [("ro", "Read-only file system"), ("size=64k", "No space left")])
def test_an_output_folder_that_cannot_take_the_stacks_is_named(tmp_path: Path, option: str, reason: str) -> None:
    ended = _run(
        'mount -t tmpfs -o $OPTION none "$OUT"; "$COLONNADE" synth',
        OPTION=option,
        OUT=str(tmp_path),
        CDKTF_OUTDIR=str(tmp_path),
    )
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    (line,) = (line for line in ended.stderr.splitlines() if reason in line)
    assert str(tmp_path) in line


@_needs_namespaces
@pytest.mark.synth
def test_a_full_folder_for_temporary_files_is_named(tmp_path: Path) -> None:
    full, out = tmp_path / "full", tmp_path / "out"
    full.mkdir()
    mount = 'mount -t tmpfs -o size=200k none "$TMPDIR"; "$COLONNADE" synth'
    ended = _run(mount, TMPDIR=str(full), CDKTF_OUTDIR=str(out))
    assert "Traceback" not in ended.stderr
    assert f"{full}" in ended.stderr
    assert ended.stderr.endswith("free space on this file system\nThe synthesis failed; see the lines above.\n")


@_needs_namespaces
def test_a_loopback_interface_that_is_down_is_named(tmp_path: Path) -> None:
    stacks = write_small_stacks(tmp_path, environment="prod")
    plan = f'"{sys.executable}" -m colonnade_sandbox plan {DEPLOYMENT} --synthesized "{stacks}"'
    ended = _run(plan)
    assert (ended.returncode, ended.stderr) == (1, "")
    assert "the loopback address 127.0.0.1 cannot be reached: Network is unreachable\n" in ended.stdout
    assert "`ip link set lo up`" in ended.stdout

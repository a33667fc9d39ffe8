"""`colonnade images` as a user runs it: its output, its refusals, and its end after a signal."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from colonnade.cli import main
from tests.support.processes import ended
from tests.support.service_process import ROOT
from tests.support.waiting import wait_until

_BUILD = (sys.executable, "-m", "colonnade", "images", "build", "service1", "--allow-dirty", "--tool", "buildah")


def test_print_shows_the_commands_of_one_service_for_a_tool_that_is_not_installed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["images", "build", "api", "--print", "--allow-dirty", "--tool", "podman", "--base", "my/base"]) == 0
    shared, one = (shlex.split(line) for line in capsys.readouterr().out.splitlines())

    assert shared[:6] == ["podman", "build", "--layers", "--platform", "linux/amd64", "--file"]
    assert "--target" in shared
    assert "SERVICE=message_board/api" in one
    assert "BASE=my/base" in one
    assert one[-2].startswith("localhost/colonnade/message-board-api:")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (
            ["build", "servce1"],
            "service or image 'servce1': ",
        ),
        (
            ["push", "--allow-dirty"],
            "colonnade images push: ",
        ),
        (
            ["push", "--allow-dirty", "-e", "prd"],
            "environment 'prd': ",
        ),
        (
            ["push", "--allow-dirty", "-e", "prod"],
            "environment 'prod': account_id 444455556666 is a placeholder",
        ),
        (
            ["push", "--allow-dirty", "-e", "prod", "--registry", "https://h"],
            "registry 'https://h': is not a registry's host\n    give only the host",
        ),
        (
            ["push", "--allow-dirty", "-e", "prod", "--registry", "h", "--pins", str(ROOT / "Makefile")],
            f"pin file {str(ROOT / 'Makefile')!r}: it is not TOML: ",
        ),
    ],
)
def test_wrong_input_is_refused_with_2_and_one_message(
    arguments: list[str], problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["images", *arguments]) == 2
    errors = capsys.readouterr().err
    assert errors.startswith(problem)
    assert "Traceback" not in errors


def test_an_image_that_is_not_built_is_refused_with_the_command_that_builds_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    script = '#!/bin/sh\n[ "$1" = version ] || { echo "no such image" >&2; exit 125; }\n'
    (tmp_path / "buildah").write_text(script)
    (tmp_path / "buildah").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr("colonnade.images.registry.Registry.find", _find_nothing)
    arguments = ["images", "push", "service1", "--allow-dirty", "--tool", "buildah", "-e", "prod"]
    assert main([*arguments, "--registry", "127.0.0.1:1", "--pins", str(tmp_path / "pins.toml")]) == 1
    output = capsys.readouterr().out

    assert "service1: FAILED: buildah has no image localhost/colonnade/service1:" in output
    assert ": no such image\n    build it: `colonnade images build service1`\n" in output
    assert "In the registry: 0 of 1; FAILED: service1" in output
    assert not (tmp_path / "pins.toml").exists()


async def _find_nothing(*_: object) -> None:
    """Find no image, as in an empty registry."""


def test_jobs_must_be_at_least_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["images", "build", "--jobs", "0"]) == 2
    assert "'--jobs'" in capsys.readouterr().err


def test_a_service_may_be_named_with_its_deployment(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["images", "build", "message_board/api", "--print", "--allow-dirty", "--tool", "podman"]) == 0
    assert "localhost/colonnade/message-board-api:" in capsys.readouterr().out


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_build_leaves_nothing_running(tmp_path: Path, number: signal.Signals, status: int) -> None:
    (tmp_path / "buildah").write_text(
        f'#!/bin/sh\n[ "$1" = version ] && exit 0\nsleep 60 &\necho $$ $! > {tmp_path / "pids"}\nwait\n'
    )
    (tmp_path / "buildah").chmod(0o755)
    process = subprocess.Popen(
        # A child inherits ignored signals, for example from a shell's background job, which ignores Ctrl-C.
        ["env", "--default-signal", *_BUILD],  # noqa: S607
        cwd=ROOT,
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    pids = tmp_path / "pids"
    wait_until(lambda: pids.exists() and len(pids.read_text().split()) == 2, seconds=30)
    process.send_signal(number)
    _, errors = process.communicate(timeout=30)

    assert process.returncode == status
    assert "Traceback" not in errors
    wait_until(lambda: all(ended(int(pid)) for pid in pids.read_text().split()))

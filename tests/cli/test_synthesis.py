"""The commands that run the project's `main.py`, and `colonnade show`: their folder, exit status and interruption."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from pathlib import Path

import pytest

from colonnade.synthesis import SynthesisError
from colonnade.terminal.exit_status import by_signal
from colonnade.terminal.processes import INTERRUPTED
from tests.support.command_line import PROGRAM, ROOT, run
from tests.support.waiting import wait_until


def test_a_command_works_from_any_folder_of_the_project() -> None:
    assert run("check", folder=ROOT / "docs").returncode == 0


def test_show_prints_a_service_whose_image_is_not_pinned_yet(tmp_path: Path) -> None:
    for name in ("cdktf.json", "deployments"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments" / "dev.toml").symlink_to(ROOT / "environments" / "dev.toml")
    ended = run("show", "services", "service1", "-e", "dev", "--json", folder=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["service"]["image"] is None


def _synthesizing(folder: Path, script: str) -> Path:
    """Return a project with a given script as its `main.py`."""
    folder.mkdir()
    for name in ("cdktf.json", "deployments", "environments"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "main.py").write_text(script)
    return folder


def test_synth_runs_the_projects_main_and_ends_with_its_status(tmp_path: Path) -> None:
    script = "import os, sys; print(os.environ['ENVIRONMENT'], os.environ['CDKTF_OUTDIR'], sys.argv[1:]); sys.exit(2)"
    project = _synthesizing(tmp_path / "project", script)
    ended = run("synth", "-e", "prod", "--foundation", folder=project)
    assert ended.stdout == "prod cdktf.out ['--foundation']\n"
    assert (ended.returncode, ended.stderr) == (2, f"Synthesizing prod ...\n{SynthesisError(2)}\n")


@pytest.mark.parametrize(("arguments", "shown"), [(("preview", "services"), "true"), (("synth",), "None")])
def test_only_a_plan_without_aws_allows_images_that_were_never_pushed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], shown: str
) -> None:
    monkeypatch.setenv("STAND_IN_IMAGES", "true")  # no synthesis takes it from the shell
    project = _synthesizing(tmp_path / "project", "import os, sys; sys.exit(os.environ.get('STAND_IN_IMAGES', 'None'))")
    assert f"\n{shown}\n" in run(*arguments, "-e", "prod", folder=project).stderr


@pytest.mark.synth
def test_ctrl_c_ends_a_synthesis_with_130_and_no_traceback(tmp_path: Path) -> None:
    settings = {**os.environ, "CDKTF_OUTDIR": str(tmp_path)}
    with subprocess.Popen([PROGRAM, "synth"], cwd=ROOT, env=settings, stderr=subprocess.PIPE, text=True) as synthesis:
        assert synthesis.stderr is not None
        first = synthesis.stderr.readline()
        time.sleep(0.5)  # main.py has started, jsii perhaps
        synthesis.send_signal(signal.SIGINT)
        rest = synthesis.stderr.read()
    assert "Synthesizing" in first
    assert synthesis.returncode == by_signal(signal.SIGINT)
    assert "Traceback" not in rest


def test_ctrl_c_ends_a_command_and_its_children_with_130_and_leaves_no_scratch_folder(tmp_path: Path) -> None:
    script = "import os, time; open('started', 'w').write(os.environ['CDKTF_OUTDIR']); time.sleep(60)"
    project = _synthesizing(tmp_path / "project", script)
    process = subprocess.Popen(
        ["env", "--default-signal", PROGRAM, "preview", "services", "-e", "prod"],  # noqa: S607
        cwd=project,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    started = project / "started"
    wait_until(lambda: started.exists() and started.read_text() != "", seconds=30)
    scratch = project / started.read_text()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors.endswith(f"{INTERRUPTED}\n")
    assert scratch.parent.is_dir()
    assert not scratch.exists()


@pytest.mark.terraform
def test_preview_plans_a_first_deployment_of_any_environment_and_leaves_nothing() -> None:
    before = set((ROOT / ".sandbox").glob("preview-*"))
    ended = run("preview", "state-backend", "-e", "prod")
    assert ended.returncode == 0, ended.stderr
    assert re.search(r"^Plan: \d+ to add, 0 to change, 0 to destroy\.$", ended.stdout, re.MULTILINE)
    assert set((ROOT / ".sandbox").glob("preview-*")) == before

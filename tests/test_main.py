"""`python main.py`: it synthesizes every environment, reports all wrong input, and then writes nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

import main
from colonnade.project import Project
from tests.support.project import DEPLOYMENTS, PROJECT
from tests.support.project import SERVICES as DEPLOYMENT

ROOT = Path(__file__).parent.parent


def _main(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    variables = {name: value for name, value in os.environ.items() if name not in {"ENVIRONMENT", "MIGRATION_PHASE"}}
    return subprocess.run(
        [sys.executable, "main.py"],
        cwd=ROOT,
        env={**variables, "CDKTF_OUTDIR": str(folder), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.synth
@pytest.mark.parametrize("environment", PROJECT.environment_names())
def test_every_environment_is_synthesized(environment: str, tmp_path: Path) -> None:
    ended = _main(tmp_path / "out", ENVIRONMENT=environment)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    stacks = tmp_path / "out" / "stacks"
    assert {path.parent.name for path in stacks.glob("*/cdk.tf.json")} == {
        *(deployment.name for deployment in DEPLOYMENTS),
        "image-repositories",
        "state-backend",
    }
    assert json.loads((tmp_path / "out" / "warnings.json").read_text()) == []
    (provider,) = json.loads((stacks / "services" / "cdk.tf.json").read_text())["provider"]["aws"]
    assert provider["allowed_account_ids"] == [PROJECT.environment(environment).account_id]


@pytest.mark.synth
def test_the_default_environment_is_the_sandbox(tmp_path: Path) -> None:
    assert _main(tmp_path / "out").returncode == 0
    services = json.loads((tmp_path / "out" / "stacks" / "services" / "cdk.tf.json").read_text())
    assert services["output"]["url"]["value"] == "https://services.colonnade.localhost"


@pytest.mark.synth
def test_an_image_that_was_never_pushed_is_synthesized_with_a_marked_stand_in_only_if_requested(tmp_path: Path) -> None:
    project = tmp_path / "project"
    (project / "environments").mkdir(parents=True)
    for name in ("main.py", "cdktf.json", "deployments", "environments/prod.toml"):
        (project / name).symlink_to(ROOT / name)
    settings = {**os.environ, "ENVIRONMENT": "prod", "CDKTF_OUTDIR": str(tmp_path / "out")}
    run = partial(subprocess.run, [sys.executable, "main.py"], cwd=project, capture_output=True, text=True, check=False)
    refused, planned = run(env=settings), run(env={**settings, "STAND_IN_IMAGES": "true"})

    assert (refused.returncode, planned.returncode) == (2, 0), planned.stderr
    assert "image 'service1' is not pinned in environment 'prod'" in refused.stderr
    assert "'colonnade-prod-service1:not-pushed-yet' in its place [not-pushed-yet]\n" in planned.stderr
    stack = (tmp_path / "out" / "stacks" / "services" / "cdk.tf.json").read_text()
    assert "/colonnade-prod-service1:not-pushed-yet" in stack
    assert "not-pushed-yet" in {each["code"] for each in json.loads((tmp_path / "out" / "warnings.json").read_text())}


def test_an_output_folder_that_cannot_be_made_is_refused_with_its_setting(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ended = _main(tmp_path / "file" / "out")
    assert ended.returncode == 2
    assert str(tmp_path / "file" / "out") in ended.stderr
    assert "CDKTF_OUTDIR" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("name", ["nowhere", "", "../sandbox"])
def test_an_unknown_environment_is_refused_with_the_known_ones(name: str, tmp_path: Path) -> None:
    ended = _main(tmp_path / "out", ENVIRONMENT=name)
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert f"environment {name!r}" in ended.stderr
    assert "dev, prod, sandbox" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "out").exists()


def test_every_problem_is_reported_and_nothing_is_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    first, second, third = DEPLOYMENT.services
    wrong = (
        replace(first, path_prefix="/service1*"),
        replace(second, calls=("service9",)),
        replace(third, cpu_units=1),
    )
    monkeypatch.setattr(Project, "declared", lambda _: (replace(DEPLOYMENT, services=wrong),))
    monkeypatch.setenv("CDKTF_OUTDIR", str(tmp_path / "out"))
    assert main.main() == 2
    output = capsys.readouterr()
    assert output.out == ""
    for service in ("service1", "service2", "service3"):
        assert f"service '{service}'" in output.err
    assert not (tmp_path / "out").exists()


@pytest.mark.synth
def test_migration_phase_overrides_the_environments_phases(tmp_path: Path) -> None:
    assert _main(tmp_path / "out", MIGRATION_PHASE="canary,users=cutover").returncode == 0
    board = json.loads((tmp_path / "out" / "stacks" / "message_board" / "cdk.tf.json").read_text())
    recorded = board["resource"]["terraform_data"]["migration"]["input"]["services"]
    assert recorded == {"users": "cutover", "threads": "canary", "posts": "canary"}


def test_an_unknown_migration_phase_is_reported_together_with_an_unknown_environment(tmp_path: Path) -> None:
    ended = _main(tmp_path / "out", MIGRATION_PHASE="canry", ENVIRONMENT="nowhere")
    assert ended.returncode == 2
    assert "environment 'nowhere': " in ended.stderr
    assert "MIGRATION_PHASE 'canry': 'canry' " in ended.stderr
    assert "'canary'?" in ended.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.synth
def test_an_environment_without_images_is_refused_except_for_the_foundation_stacks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    bare = replace(PROJECT.environment("prod"), images={})
    monkeypatch.setattr(Project, "environment", lambda _project, _name: bare)
    monkeypatch.setenv("CDKTF_OUTDIR", str(tmp_path / "out"))
    assert main.main() == 2
    errors = capsys.readouterr().err
    for deployment in DEPLOYMENTS:
        for service in deployment.services:
            assert f"image '{service.image}' " in errors
    assert not (tmp_path / "out").exists()

    assert main.main(["--foundation"]) == 0
    written = {path.parent.name for path in (tmp_path / "out" / "stacks").glob("*/cdk.tf.json")}
    assert written == {"state-backend", "image-repositories"}


def test_wrong_input_is_refused_without_starting_jsii() -> None:
    script = "import main, sys; status = main.main(); sys.exit(3 if 'jsii' in sys.modules else status)"
    ended = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env={**os.environ, "ENVIRONMENT": "nowhere"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 2


def test_the_cdktf_command_needs_no_activated_environment_and_no_path_of_this_machine() -> None:
    settings = json.loads((ROOT / "cdktf.json").read_text())
    assert settings["language"] == "python"
    assert settings["app"] == "pipenv run python main.py"

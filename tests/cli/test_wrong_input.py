"""The refusal of wrong input by every command of `colonnade`, before anything runs."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from colonnade.cli import main
from colonnade.terminal.exit_status import ExitStatus
from tests.support.command_line import ROOT, run


@pytest.mark.parametrize(
    ("arguments", "subject", "suggested"),
    [
        (["chek"], "command 'colonnade chek'", "check"),
        (["sandbox", "dmo"], "command 'colonnade sandbox dmo'", "demo"),
        (["diagram", "servces"], "deployment 'servces'", "services"),
        (["sandbox", "demo", "servces"], "deployment 'servces'", "services"),
        (["sandbox", "status", "servces"], "deployment 'servces'", "services"),
        (["preview", "state-backnd"], "stack 'state-backnd'", "state-backend"),
        (["logs", "service1", "servce2"], "service 'servce2'", "service2"),
        (["plan", "servces", "-e", "prod"], "stack 'servces'", "services"),
        (["plan", "services", "-e", "prd"], "environment 'prd'", "prod"),
    ],
)
def test_an_unknown_name_is_refused_with_2_and_a_suggestion(
    arguments: list[str], subject: str, suggested: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == ExitStatus.WRONG_INPUT
    output = capsys.readouterr()
    assert output.out == ""
    first, fix = output.err.splitlines()
    assert first.startswith(f"{subject}: ")
    assert f"{suggested!r}?" in fix


def test_an_unknown_command_is_reported_with_the_commands_of_its_group(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["images", "psh"]) == ExitStatus.WRONG_INPUT
    assert capsys.readouterr().err == (
        "command 'colonnade images psh': there is no such command\n"
        "    did you mean 'push'? commands of colonnade images: build, pin, push\n"
    )


@pytest.mark.parametrize("command", ["verify", "plan", "apply", "wait", "destroy"])
def test_a_command_for_aws_without_an_environment_is_refused_with_the_environments(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "services"]) == ExitStatus.WRONG_INPUT
    assert capsys.readouterr() == (
        "",
        f"colonnade {command}: no environment is given\n    add -e NAME; available: dev, prod, sandbox\n",
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ["plan"],
        ["check", "--jsn"],
        ["sandbox", "run", "services", "--"],
        ["review"],
        ["review", "plan.json", "-e", "dev"],
    ],
)
def test_an_incomplete_command_line_shows_the_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == ExitStatus.WRONG_INPUT
    assert capsys.readouterr().err.startswith("Usage: colonnade ")


def test_a_command_outside_of_a_project_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["check"]) == ExitStatus.WRONG_INPUT
    refusal = capsys.readouterr().err
    assert str(tmp_path) in refusal
    assert "cdktf.json" in refusal


def test_a_project_without_a_main_is_refused_in_one_message(tmp_path: Path) -> None:
    shutil.copy(ROOT / "cdktf.json", tmp_path)
    shutil.copytree(ROOT / "environments", tmp_path / "environments")
    ended = run("synth", folder=tmp_path)
    assert ended.returncode == ExitStatus.WRONG_INPUT
    assert f"project '{tmp_path}': main.py" in ended.stderr


def test_the_sandbox_refuses_other_environments_before_synthesis() -> None:
    ended = run("sandbox", "demo", "services", "-e", "prod")
    assert ended.returncode == ExitStatus.WRONG_INPUT
    assert "colonnade preview STACK -e prod" in ended.stderr
    assert "Synthesizing" not in ended.stderr


def test_an_unknown_environment_is_refused_before_anything_runs() -> None:
    ended = run("synth", "-e", "prd")
    assert ended.returncode == ExitStatus.WRONG_INPUT
    assert "did you mean 'prod'?" in ended.stderr
    assert "Synthesizing" not in ended.stderr


def test_what_runs_can_be_stopped_while_a_deployment_file_has_a_mistake(tmp_path: Path) -> None:
    shutil.copy(ROOT / "cdktf.json", tmp_path)
    (tmp_path / "deployments").mkdir()
    (tmp_path / "deployments" / "small.py").write_text("DEPLOYMENT = Deployment(\n")
    (tmp_path / ".sandbox").mkdir()
    (tmp_path / ".sandbox" / "small.lock").touch()  # of a session that was killed
    ended = run("sandbox", "down", "small", folder=tmp_path)
    assert (ended.returncode, ended.stdout) == (ExitStatus.OK, "Nothing is running.\n")

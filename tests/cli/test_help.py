"""The help of `colonnade` and its commands: examples, exit statuses, options, and completion."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from colonnade.cli import main
from colonnade.terminal.exit_status import ExitStatus
from tests.support.command_line import COMMANDS, LEAVES, PROGRAM, ROOT, documented_lines, parse, run


def test_the_list_of_commands() -> None:
    assert {" ".join(path) for path in LEAVES} == {
        *("check", "show", "synth", "verify", "plan", "apply", "wait", "destroy"),
        *("status", "logs", "why", "restart", "rollback", "unlock", "preview", "diagram", "review", "scan"),
        *("routes table", "routes explain", "images build", "images push", "images pin"),
        "migration check",
        *("sandbox demo", "sandbox up", "sandbox down", "sandbox status", "sandbox ask", "sandbox run"),
        "sandbox migrate",
    }


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_help_has_an_example_of_its_own_command(
    path: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*path, "--help"]) == 0
    text = capsys.readouterr().out
    example = text[text.index("Example") :]
    assert f"colonnade {' '.join(path)}" in example


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_example_of_a_help_parses(path: tuple[str, ...]) -> None:
    for line in documented_lines(str(COMMANDS[path].epilog)):
        parse(line)


def test_the_help_lists_every_exit_status_and_is_the_same_for_the_module(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    for status in ExitStatus:
        assert re.search(rf"^ +{status.value}  ", text, re.MULTILINE), status
    ended = subprocess.run(
        [sys.executable, "-m", "colonnade", "--help"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (0, text)
    assert run("--help").stdout == text


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_the_options_that_commands_share_have_one_spelling(path: tuple[str, ...]) -> None:
    options = {word for each in LEAVES[path].params if isinstance(each, click.Option) for word in each.opts}
    assert ("-e" in options) == ("--environment" in options)
    readable = {"show", "check", "routes table", "routes explain", "review", "status", "logs", "why", "sandbox status"}
    assert ("--json" in options) == (" ".join(path) in readable)
    defaults = [each.default for each in LEAVES[path].params if each.name == "environment"]
    required = dict.fromkeys(("verify", "plan", "apply", "wait", "destroy", "unlock", "images push", "images pin"))
    without = {**required, "review": "prod", "scan": "prod"}
    assert defaults in ([], [without.get(" ".join(path), "sandbox")])


def test_completion_knows_commands_deployments_services_and_environments() -> None:
    for words, expected in (
        ("colonnade sc", "scan"),
        ("colonnade show serv", "services"),
        ("colonnade show services serv", "service1"),
        ("colonnade check -", "--json"),
    ):
        assert f"plain,{expected}" in _completed(words, ROOT).stdout.splitlines()


def test_completion_prints_no_error_where_no_project_can_be_read(tmp_path: Path) -> None:
    ended = _completed("colonnade show serv", tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")


def _completed(words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    variables = {
        "_COLONNADE_COMPLETE": "bash_complete",
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
    }
    return subprocess.run(
        [PROGRAM], cwd=folder, env={**os.environ, **variables}, capture_output=True, text=True, check=False
    )

"""`python -m colonnade.routes`: quick, plain, and clear about wrong input."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from colonnade.project import Project
from colonnade.routes.__main__ import main
from tests.support.project import PROJECT

ROOT = Path(__file__).parent.parent.parent


def routes(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return _python("-m", "colonnade.routes", *arguments, **variables)


def _python(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name not in {"ENVIRONMENT", "MIGRATION_PHASE"}}
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env={**kept, **variables}, capture_output=True, text=True, check=False
    )


def test_table_and_explain_answer_for_the_sandbox_unless_told_otherwise() -> None:
    for command in (["table", "services"], ["explain", "services", "/service1"]):
        for variables, options, environment in (
            ({}, [], "sandbox"),
            ({"ENVIRONMENT": "dev"}, [], "dev"),
            ({"ENVIRONMENT": "dev"}, ["--environment", "prod"], "prod"),
        ):
            ended = routes(*command, *options, **variables)
            assert (ended.returncode, ended.stderr) == (0, "")
            assert ended.stdout.startswith(f"services in environment {environment}: https://services.")


def test_the_migration_phase_is_that_of_the_environment_variable() -> None:
    told = routes("explain", "message_board", "/api/users", MIGRATION_PHASE="canary").stdout
    assert "forward  10 % to users" in told


def test_rules_can_be_asked_about_before_any_image_is_pushed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    unpinned = replace(PROJECT.environment("prod"), images={})
    monkeypatch.setattr(Project, "environment", lambda _project, _name: unpinned)
    assert main(["explain", "services", "/service1", "--environment", "prod"]) == 0
    assert "/service1: matches" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (
            ("table", "servces"),
            "deployment 'servces': there is no such deployment\n"
            "    did you mean 'services'? declared: message_board, product_user, services, single_service\n",
        ),
        (
            ("explain", "services", "orders"),
            "URL 'orders': neither begins with 'http://' or 'https://' nor, as a path, with '/'\n"
            "    write '/orders' or a whole URL\n",
        ),
        (
            ("table", "services", "--environment", "prd"),
            "environment 'prd': there is no such environment\n    did you mean 'prod'? available: dev, prod, sandbox\n",
        ),
        (
            ("diagram", "servces"),
            "deployment 'servces': there is no such deployment\n"
            "    did you mean 'services'? declared: message_board, product_user, services, single_service\n",
        ),
    ],
)
def test_wrong_input_is_told_with_its_cure_and_exit_status_2(arguments: tuple[str, ...], told: str) -> None:
    ended = routes(*arguments)
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", told)


def test_a_migration_phase_that_is_none_is_refused() -> None:
    ended = routes("table", "services", MIGRATION_PHASE="canry")
    assert ended.returncode == 2
    assert "did you mean 'canary'?" in ended.stderr


@pytest.mark.parametrize("arguments", [(), ("explain", "services"), ("tabel", "services")])
def test_an_incomplete_command_line_shows_the_usage(arguments: tuple[str, ...]) -> None:
    ended = routes(*arguments)
    assert ended.returncode == 2
    assert "usage: python -m colonnade.routes" in ended.stderr


@pytest.mark.parametrize("command", ["table", "explain", "diagram"])
def test_help_names_every_argument(command: str) -> None:
    ended = routes(command, "--help")
    assert ended.returncode == 0
    assert "DEPLOYMENT" in ended.stdout


_LOADED = """
import contextlib, json, os, sys
from colonnade.routes.__main__ import main
with contextlib.redirect_stdout(open(os.devnull, "w")):
    assert main(["table", "services"]) == main(["explain", "services", "/service1"]) == 0
print(json.dumps(sorted(sys.modules)))
"""


def test_neither_cdktf_nor_the_drawing_library_is_loaded_to_answer() -> None:
    loaded = set(json.loads(_python("-c", _LOADED).stdout))
    assert "colonnade.routes" in loaded
    eager = {"cdktf", "cdktf_cdktf_provider_aws", "constructs", "jsii", "colonnade.stacks", "svg", "rich", "boto3"}
    assert loaded & eager == set()


@pytest.mark.parametrize("arguments", [("table", "services"), ("explain", "message_board", "/api/users/1?x=1")])
def test_an_answer_takes_less_than_half_a_second(arguments: tuple[str, ...]) -> None:
    # The best of several: a machine that is busy with other tests says nothing about the command.
    assert min(_seconds(arguments) for _ in range(5)) < 0.5


def _seconds(arguments: tuple[str, ...]) -> float:
    began = time.monotonic()
    assert routes(*arguments).returncode == 0
    return time.monotonic() - began

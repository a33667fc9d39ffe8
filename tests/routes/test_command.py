"""Tests of `colonnade routes`: text and JSON output, messages about wrong input, and what is imported."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from colonnade.cli import main
from colonnade.model.errors import unknown
from colonnade.project import Project
from colonnade.routes.request_url import parse_url
from tests.support.project import DEPLOYMENTS, PROJECT
from tests.support.specs import problems_raised

ROOT = Path(__file__).parent.parent.parent


def _routes(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return _python("-m", "colonnade", "routes", *arguments, **variables)


def _python(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name not in {"ENVIRONMENT", "MIGRATION_PHASE"}}
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env={**kept, **variables}, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("command", [["table", "services"], ["explain", "services", "/service1"]])
def test_table_and_explain_use_the_sandbox_unless_an_environment_is_given(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    for options, environment in (([], "sandbox"), (["-e", "dev"], "dev"), (["--environment", "prod"], "prod")):
        assert main(["routes", *command, *options]) == 0
        assert capsys.readouterr().out.startswith(f"services in environment {environment}: https://services.")


def test_the_migration_phase_is_read_from_the_environment_variable() -> None:
    printed = _routes("explain", "message_board", "/api/users", MIGRATION_PHASE="canary").stdout
    assert "forward  10 % to users" in printed


def test_rules_can_be_explained_before_any_image_is_pushed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    unpinned = replace(PROJECT.environment("prod"), images={})
    monkeypatch.setattr(Project, "environment", lambda _self, _name: unpinned)
    assert main(["routes", "explain", "services", "/service1", "--environment", "prod"]) == 0
    assert "/service1: matches" in capsys.readouterr().out


def test_the_table_is_printed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["routes", "table", "services", "--json"]) == 0
    table = json.loads(capsys.readouterr().out)
    assert (table["version"], table["deployment"], table["environment"]) == (1, "services", "sandbox")
    plain, encrypted = table["listeners"]
    assert (plain["protocol"], plain["port"], len(plain["rules"])) == ("HTTP", 80, 1)
    assert plain["rules"][0]["action"] == {"type": "redirect", "status_code": 301, "protocol": "HTTPS", "port": 443}
    first, *_, default = encrypted["rules"]
    assert first == {
        "priority": 45789,
        "host_patterns": [],
        "path_patterns": ["/service1", "/service1/*"],
        "action": {"type": "forward", "percents": {"service1": 100}},
    }
    assert default["priority"] is None
    assert default["action"]["type"] == "fixed_response"


def test_an_explanation_is_printed_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    url = "http://services.colonnade.localhost/service2?x=1"
    assert main(["routes", "explain", "services", url, "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["url"], document["path"]) == (url, "/service2")
    redirect, rules = document["listeners"]
    assert redirect["matched"]["action"]["type"] == "redirect"
    assert [rule["priority"] for rule in rules["not_matched"]] == [45789]
    assert rules["not_matched"][0]["reasons"][0]["patterns"] == ["/service1", "/service1/*"]
    assert rules["matched"]["action"] == {"type": "forward", "percents": {"service2": 100}}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("table", "servces"),
            f"{unknown('deployment', 'servces', [each.name for each in DEPLOYMENTS], label='declared')}\n",
        ),
        (
            ("explain", "services", "orders"),
            f"{problems_raised(lambda: parse_url('orders'))[0]}\n",
        ),
        (
            ("table", "services", "--environment", "prd"),
            f"{unknown('environment', 'prd', ['dev', 'prod', 'sandbox'], label='available')}\n",
        ),
    ],
)
def test_wrong_input_is_reported_with_its_fix_and_exit_status_2(
    arguments: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["routes", *arguments]) == 2
    assert capsys.readouterr() == ("", message)


def test_an_unknown_migration_phase_is_refused() -> None:
    ended = _routes("table", "services", MIGRATION_PHASE="canry")
    assert ended.returncode == 2
    assert "did you mean 'canary'?" in ended.stderr


_LOADED = """
import contextlib, json, os, sys
from colonnade.cli import main
from colonnade.project import Project
from tests.support.project import PROJECT
with contextlib.redirect_stdout(open(os.devnull, "w")):
    assert main(["routes", "table", "services"]) == main(["routes", "explain", "services", "/service1"]) == 0
print(json.dumps(sorted(sys.modules)))
"""


def test_routes_import_neither_cdktf_nor_the_drawing_library() -> None:
    loaded = set(json.loads(_python("-c", _LOADED).stdout))
    assert "colonnade.routes" in loaded
    eager = {"cdktf", "cdktf_cdktf_provider_aws", "constructs", "jsii", "colonnade.stacks", "svg", "rich", "boto3"}
    assert loaded & eager == set()

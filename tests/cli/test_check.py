"""The command `colonnade check`: the problems of all deployments in all environments, as text and as JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from colonnade.cli import main
from colonnade.model.deployment.declaration import Deployment
from colonnade.model.errors import ConfigurationError, Problem
from colonnade.project import Project
from colonnade.terminal.exit_status import ExitStatus
from tests.support.project import DEPLOYMENTS, PRODUCT_USER, SERVICES


def declared_with(changed: Deployment) -> tuple[Deployment, ...]:
    """Return every deployment of the project, one of them changed."""
    return tuple(changed if each.name == changed.name else each for each in DEPLOYMENTS)


def test_check_without_problems_counts_deployments_and_environments(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == ExitStatus.OK
    assert capsys.readouterr() == ("No problems: 5 deployments in 3 environments (dev, prod, sandbox)\n", "")


def test_check_reports_every_problem_once_with_its_environments_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    first, *others = SERVICES.services
    wrong = replace(SERVICES, services=(replace(first, cpu_units=1), *others))
    real = Project.environment
    monkeypatch.setattr(Project, "declared", lambda _self: declared_with(wrong))
    monkeypatch.setattr(Project, "environment", lambda self, name: real(self, name if name != "prod" else "prd"))
    monkeypatch.setenv("CDKTF_OUTDIR", str(tmp_path))
    assert main(["check"]) == ExitStatus.WRONG_INPUT
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.count("service 'service1': 1 CPU units ") == 1
    assert output.err.count("environment 'prd': ") == 1
    assert "only in environment prod" in output.err
    assert list(tmp_path.iterdir()) == []

    assert main(["check", "--json"]) == ExitStatus.WRONG_INPUT
    document = json.loads(capsys.readouterr().out)
    found = {problem["subject"]: problem["environments"] for problem in document["problems"]}
    of_service = "deployment 'services', service 'service1'"
    assert found == {of_service: ["dev", "prod", "sandbox"], "environment 'prd'": ["prod"]}


def test_check_prints_warnings_before_the_count_and_ends_with_0(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    writing = replace(PRODUCT_USER, services=(replace(PRODUCT_USER.services[0], accepted_warnings={}),))
    monkeypatch.setattr(Project, "declared", lambda _self: declared_with(writing))
    assert main(["check"]) == ExitStatus.OK
    output = capsys.readouterr()
    assert output.err == ""
    warning, fix, accept, counted = output.out.splitlines()
    assert warning.startswith("warning: deployment 'product_user', service 'product-svc': ")
    assert warning.endswith(" [read-only-root]")
    assert fix.startswith("    declare read_only_root_filesystem=False")
    assert accept.startswith("To accept a warning, ")
    assert counted == "No problems, 1 warning: 5 deployments in 3 environments (dev, prod, sandbox)"

    assert main(["check", "--json"]) == ExitStatus.OK
    (found,) = json.loads(capsys.readouterr().out)["warnings"]
    assert found.keys() == {"code", "subject", "message", "fix", "environments"}
    assert found["environments"] == ["dev", "prod", "sandbox"]


def test_check_names_an_environment_once_for_a_problem_that_two_services_have(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    problem = Problem(subject="service 'twin'", message="is wrong", fix="correct it")

    def resolve(_self: Project, name: str, *, migration_phase: str | None) -> tuple[()]:
        assert migration_phase is None
        if name != "prod":
            return ()
        raise ConfigurationError([problem, problem])

    monkeypatch.setattr(Project, "resolve", resolve)
    assert main(["check"]) == ExitStatus.WRONG_INPUT
    assert capsys.readouterr().err == f"{problem}\n    only in environment prod\n"


def test_check_of_a_project_without_environments_does_not_pass(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Project, "environment_names", lambda _self: ())
    assert main(["check"]) == ExitStatus.WRONG_INPUT
    assert "add environments/NAME.toml" in capsys.readouterr().err

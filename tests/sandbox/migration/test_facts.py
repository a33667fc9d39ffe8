"""The facts of a migration run are read from the deployment's requests file alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from colonnade_sandbox.errors import WrongInputError
from colonnade_sandbox.migration.facts import read_facts
from colonnade_sandbox.project import Project
from tests.support.sandbox_session import PROJECT_ROOT

_OUTAGE = '[migration.outage]\nservice = "users"\npath_prefix = "/users"\nimage = "users"\n'
_FACTS = f"""[migration]
monolith = "api"
served_by_header = "X-Served-By"
load_paths = ["/users"]
monolith_paths = ["/"]
{_OUTAGE}"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "deployments").mkdir()
    return Project(root=tmp_path)


def test_the_only_deployment_with_facts_is_the_default(project: Project) -> None:
    project.requests("board").write_text(_FACTS)
    project.requests("other").write_text('[[request]]\npath = "/"\nstatus = 200\n')
    facts = read_facts(project, None)
    assert (facts.deployment, facts.monolith, facts.outage.service) == ("board", "api", "users")


def test_with_no_or_several_tables_the_deployment_must_be_given(project: Project) -> None:
    with pytest.raises(WrongInputError, match="table: none"):
        read_facts(project, None)
    for name in ("board", "forum"):
        project.requests(name).write_text(_FACTS)
    with pytest.raises(WrongInputError, match="table: board, forum"):
        read_facts(project, None)
    assert read_facts(project, "forum").deployment == "forum"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"has no \[migration\] table"),
        (_FACTS.replace("monolith =", "monolit ="), r"\[migration\] must have exactly these keys: .*monolith"),
        (_FACTS.replace("image =", "images ="), r"\[migration\.outage\] must have exactly these keys: image"),
        ("[migration]\nmonolith = 'api'", r"\[migration\] must have exactly these keys"),
    ],
)
def test_incomplete_facts_are_reported_with_the_required_keys(project: Project, text: str, message: str) -> None:
    project.requests("board").write_text(text)
    with pytest.raises(WrongInputError, match=message):
        read_facts(project, "board")


def test_the_projects_own_migration_has_facts() -> None:
    assert read_facts(Project(root=PROJECT_ROOT), None).deployment == "message_board"

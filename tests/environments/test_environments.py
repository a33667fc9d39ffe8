"""Environments that exist, and the errors for a name or a file that does not."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest

from colonnade.model.errors import unknown
from colonnade.model.images.rules import is_digest
from colonnade.project import Project
from tests.support.project import PROJECT
from tests.support.specs import problems_raised

ROOT = Path(__file__).parents[2]

DIRECTORY = ROOT / "environments"


def project_in(folder: Path, *files: str) -> Project:
    """Return a project in an empty folder with some of this project's environment files."""
    (folder / "environments").mkdir()
    for file in ("cdktf.json", *(f"environments/{name}" for name in files)):
        shutil.copy(ROOT / file, folder / file)
    return Project(root=folder)


def test_sandbox_dev_and_prod_are_there_and_keep_every_rule() -> None:
    assert PROJECT.environment_names() == ("dev", "prod", "sandbox")
    assert [PROJECT.environment(name).name for name in PROJECT.environment_names()] == ["dev", "prod", "sandbox"]


def test_only_the_sandbox_can_be_deployed_as_it_is_and_only_it_throws_images_away() -> None:
    loaded = [PROJECT.environment(name) for name in PROJECT.environment_names()]

    assert [each.name for each in loaded if not each.documentation_account] == ["sandbox"]
    assert [each.name for each in loaded if each.force_delete_repositories] == ["sandbox"]
    assert PROJECT.environment("sandbox").zone_name.endswith(".localhost")


def test_production_has_every_option_on_and_the_others_have_none() -> None:
    for name in PROJECT.environment_names():
        loaded = PROJECT.environment(name)
        protection, logs = loaded.protection, loaded.traffic_logs
        on = (protection.deletion_protection, protection.locked_default_security_group, protection.log_key)
        assert {*on, protection.web_acl_arn is not None, logs.access_log_days > 0, logs.flow_logs} == {name == "prod"}


def test_the_document_about_production_shows_the_options_as_they_are_and_explains_each() -> None:
    document = (ROOT / "docs" / "production.md").read_text()
    shown = tomllib.loads(document.split("```toml\n")[1].split("```")[0])
    prod = tomllib.loads((ROOT / "environments" / "prod.toml").read_text())
    assert shown == {table: prod[table] for table in ("protection", "traffic_logs")}
    for option in (option for table in shown.values() for option in table):
        assert f"| `{option}` | " in document


def test_no_two_environments_share_a_zone() -> None:
    zones = [PROJECT.environment(name).zone_name for name in PROJECT.environment_names()]

    assert len(set(zones)) == len(zones)


def test_no_two_environments_share_a_bucket() -> None:
    buckets = [PROJECT.environment(name).state_bucket for name in PROJECT.environment_names()]

    assert len(set(buckets)) == len(buckets)


@pytest.mark.parametrize(
    "name",
    ["prd", "", "../environments/dev", "Sandbox"],
)
def test_an_unknown_environment_is_refused_naming_those_that_there_are(name: str) -> None:
    assert problems_raised(lambda: PROJECT.environment(name)) == [
        str(unknown("environment", name, ["dev", "prod", "sandbox"], label="available"))
    ]


@pytest.mark.parametrize("content", [b"region = ", b"\xff\xfe", b"region = 1\nregion = 2"])
def test_a_file_that_is_not_toml_is_refused_saying_where(tmp_path: Path, content: bytes) -> None:
    project = project_in(tmp_path)
    (tmp_path / "environments" / "dev.toml").write_bytes(content)
    problems = problems_raised(lambda: project.environment("dev"))

    assert len(problems) == 1
    assert problems[0].startswith("environment 'dev': dev.toml is not TOML: ")


def test_the_problems_of_a_file_are_those_of_its_document(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    (tmp_path / "environments" / "dev.toml").write_text('account_id = "1"\n')
    problems = problems_raised(lambda: project.environment("dev"))

    assert any(problem.startswith("environment 'dev': account_id '1' ") for problem in problems)
    assert "environment 'dev': missing key 'region'" in [problem.splitlines()[0] for problem in problems]


def test_a_pin_file_is_no_environment_and_belongs_to_the_one_of_its_name(tmp_path: Path) -> None:
    project = project_in(tmp_path, "dev.toml", "prod.toml", "prod.images.toml")

    assert project.environment_names() == ("dev", "prod")
    assert set(project.environment("dev").images) == {"registry.example.com/colonnade/hello"}
    assert is_digest(project.environment("prod").images["service1"])


def test_a_pin_file_that_is_not_toml_is_refused_saying_where(tmp_path: Path) -> None:
    project = project_in(tmp_path, "dev.toml")
    project.pins_path("dev").write_text("registry = ")
    (problem,) = problems_raised(lambda: project.environment("dev"))

    assert problem.startswith("environment 'dev': dev.images.toml is not TOML: ")


@pytest.mark.parametrize("name", ["dev", "prod"])
def test_the_pins_of_the_documentation_accounts_do_not_count_for_another(name: str, tmp_path: Path) -> None:
    document = (DIRECTORY / f"{name}.toml").read_text()
    account = PROJECT.environment(name).account_id
    project = project_in(tmp_path, f"{name}.images.toml")
    (tmp_path / "environments" / f"{name}.toml").write_text(document.replace(account, "999988887777"))

    assert set(project.environment(name).images) == {"registry.example.com/colonnade/hello"}


@pytest.mark.parametrize(
    "text", [f"desired_count = {'9' * 5000}", f"images = {'[' * 5000}", "\x00", f"a = {{{'b = {' * 5000}"]
)
def test_an_absurd_file_is_one_problem_of_one_line(text: str, tmp_path: Path) -> None:
    project = project_in(tmp_path)
    (tmp_path / "environments" / "dev.toml").write_text(text)
    (problem,) = problems_raised(lambda: project.environment("dev"))

    assert problem.startswith("environment 'dev': dev.toml is not TOML: ")
    assert len(problem.splitlines()) == 2
    assert len(problem) < 400


def test_a_folder_and_a_dead_link_are_reported_as_files_that_cannot_be_read(tmp_path: Path) -> None:
    project = project_in(tmp_path)
    (tmp_path / "environments" / "folder.toml").mkdir()
    (tmp_path / "environments" / "link.toml").symlink_to(tmp_path / "missing")

    for name, reason in (("folder", "Is a directory"), ("link", "No such file or directory")):
        (problem,) = problems_raised(lambda name=name: project.environment(name))  # type: ignore[misc]
        assert problem == (
            f"environment '{name}': {name}.toml cannot be read: {reason}\n"
            f"    make environments/{name}.toml a file that can be read, or remove it"
        )

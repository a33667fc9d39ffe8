"""The file of a sandbox's secrets: its shape, its example, and one clear problem for each mistake, without values."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from colonnade_sandbox.errors import WrongInputError
from colonnade_sandbox.project import EXAMPLE_SECRETS_FILE, SECRETS_FILE, Project
from colonnade_sandbox.session.secrets_file import SandboxSecrets
from tests.support.sandbox_session import PROJECT_ROOT

VALUE = "hunter2"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / SECRETS_FILE


def problems(path: Path, text: str) -> list[str]:
    path.write_text(text)
    with pytest.raises(WrongInputError) as raised:
        SandboxSecrets.load(path)
    assert VALUE not in str(raised.value)
    return str(raised.value).splitlines()


def test_a_secret_is_a_string_or_a_json_object_and_a_parameter_is_a_string(path: Path) -> None:
    secrets = '[secrets_manager]\n"shop/payment" = { key = "a" }\n"shop/token" = "b"\n'
    path.write_text(f'{secrets}[ssm]\n"/shop/flags" = "c"\nflat = "d"\n')
    loaded = SandboxSecrets.load(path)
    assert loaded.secrets == {"shop/payment": '{"key": "a"}', "shop/token": "b"}
    assert loaded.parameters == {"/shop/flags": "c", "flat": "d"}
    assert '"a"' not in repr(loaded)


def test_a_missing_file_means_no_secrets(path: Path) -> None:
    assert SandboxSecrets.load(path) == SandboxSecrets()


def test_a_projects_own_file_takes_the_place_of_the_example(path: Path) -> None:
    project = Project(root=path.parent)
    assert project.secrets == path.with_name(EXAMPLE_SECRETS_FILE)
    path.touch()
    assert project.secrets == path


def test_the_example_is_valid_and_git_ignores_the_file_beside_it() -> None:
    loaded = SandboxSecrets.load(PROJECT_ROOT / EXAMPLE_SECRETS_FILE)
    assert "shop/payment" in loaded.secrets
    ignored = subprocess.run(
        ["git", "check-ignore", "--no-index", SECRETS_FILE],  # noqa: S607
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ignored.stdout.split() == [SECRETS_FILE]


def test_every_mistake_is_a_problem_that_names_the_file_the_key_the_rule_and_the_fix(path: Path) -> None:
    found = problems(
        path,
        f"""
            top = "{VALUE}"
            [secret_manager]
            a = "{VALUE}"
            [secrets_manager]
            number = 7
            empty = ""
            nothing = {{}}
            nested = {{ key = {{ inner = "{VALUE}" }}, port = 5432 }}
            "shop payment" = "{VALUE}"
            [ssm]
            "shop/flags" = "{VALUE}"
            "/aws/flags" = "{VALUE}"
            table = {{ key = "{VALUE}" }}
        """,
    )
    assert all(each.startswith(f"{path}: ") for each in found)
    keys = ["'top'", "'secret_manager'", '"number"', '"empty"', '"nothing"', 'key "key"', 'key "port"']
    keys += ['"shop payment"', '"shop/flags"', '"/aws/flags"', '"table"']
    assert [key for key, each in zip(keys, found, strict=True) if key not in each] == []
    assert found[2] == (
        f'{path}: [secrets_manager] "number": the value must be a string that is not empty, or a table of strings; '
        'write "..." or { key = "..." }'
    )


def test_text_that_is_no_toml_is_one_problem_with_its_line(path: Path) -> None:
    (found,) = problems(path, f"[ssm]\na = {VALUE}")
    assert found.startswith(f"{path} is not valid TOML: ")
    assert "line 2" in found

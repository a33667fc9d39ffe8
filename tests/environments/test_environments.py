"""Reading environments: those that there are, and what is said of those that there are not."""

from __future__ import annotations

from pathlib import Path

import pytest

import environments
from tests.support.specs import problems_raised


def test_sandbox_dev_and_prod_are_there_and_keep_every_rule() -> None:
    assert environments.available() == ("dev", "prod", "sandbox")
    assert [environments.load(name).name for name in environments.available()] == ["dev", "prod", "sandbox"]


def test_only_the_sandbox_can_be_deployed_as_it_is_and_only_it_throws_images_away() -> None:
    loaded = [environments.load(name) for name in environments.available()]

    assert [each.name for each in loaded if not each.documentation_account] == ["sandbox"]
    assert [each.name for each in loaded if each.force_delete_repositories] == ["sandbox"]
    assert environments.load("sandbox").zone_name.endswith(".localhost")


def test_no_two_environments_share_a_bucket() -> None:
    buckets = [environments.load(name).state_bucket for name in environments.available()]

    assert len(set(buckets)) == len(buckets)


@pytest.mark.parametrize(
    ("name", "fix"),
    [
        ("prd", "did you mean 'prod'? available: dev, prod, sandbox"),
        ("", "available: dev, prod, sandbox"),
        ("../environments/dev", "available: dev, prod, sandbox"),
        ("Sandbox", "did you mean 'sandbox'? available: dev, prod, sandbox"),
    ],
)
def test_an_unknown_environment_is_refused_naming_those_that_there_are(name: str, fix: str) -> None:
    assert problems_raised(lambda: environments.load(name)) == [
        f"environment {name!r}: there is no such environment\n    {fix}"
    ]


@pytest.mark.parametrize("content", [b"region = ", b"\xff\xfe", b"region = 1\nregion = 2"])
def test_a_file_that_is_not_toml_is_refused_saying_where(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "dev.toml").write_bytes(content)
    problems = problems_raised(lambda: environments.load("dev", tmp_path))

    assert len(problems) == 1
    assert problems[0].startswith("environment 'dev': the file is not TOML: ")


def test_the_problems_of_a_file_are_those_of_its_document(tmp_path: Path) -> None:
    (tmp_path / "dev.toml").write_text('account_id = "1"\n')
    problems = problems_raised(lambda: environments.load("dev", tmp_path))

    assert "environment 'dev': account_id '1' is not 12 digits" in [problem.splitlines()[0] for problem in problems]
    assert "environment 'dev': missing key 'region'" in [problem.splitlines()[0] for problem in problems]

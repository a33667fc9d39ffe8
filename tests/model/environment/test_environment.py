"""The properties of an environment that depend on its name and account."""

from __future__ import annotations

import pytest

from tests.support.specs import environment


@pytest.mark.parametrize(
    ("name", "account_id", "expected"),
    [
        ("dev", "111122223333", True),
        ("prod", "444455556666", True),
        ("dev", "999988887777", False),
        ("sandbox", "123456789012", False),
    ],
)
def test_a_documentation_account_is_recognized_outside_the_sandbox(name: str, account_id: str, expected: bool) -> None:
    assert environment(name=name, account_id=account_id).documentation_account is expected


def test_everything_is_tagged_with_project_and_environment() -> None:
    assert environment(name="dev").all_tags == {"Project": "colonnade", "Environment": "dev"}

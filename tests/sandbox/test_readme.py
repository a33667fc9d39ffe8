"""Every test that colonnade_sandbox/README.md names exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

_ROOT = Path(__file__).parent.parent.parent
_NAMED = re.findall(r"`(tests/\S+?\.py)(?:::(test_\w+))?`", (_ROOT / "colonnade_sandbox" / "README.md").read_text())


def test_the_readme_names_tests_of_the_differences() -> None:
    assert len(_NAMED) > 10


@pytest.mark.parametrize(("path", "name"), _NAMED, ids=lambda part: part.rpartition("/")[2])
def test_a_test_that_the_readme_names_exists(path: str, name: str) -> None:
    source = (_ROOT / path).read_text()
    assert not name or f"\ndef {name}(" in source

"""The first page of the manual, typed from its first command to its last: it shows what the programs print."""

from __future__ import annotations

import pytest

from tests.support.page import ROOT, comparable, typed


@pytest.mark.sandbox
@pytest.mark.slow
def test_the_first_steps_show_what_the_commands_print() -> None:
    page = (ROOT / "docs" / "first-steps.md").read_text()
    assert comparable(typed(page)) == comparable(page)

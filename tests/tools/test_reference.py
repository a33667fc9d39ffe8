"""The reference pages are what `python -m tools.reference` writes, and they leave nothing unexplained."""

from __future__ import annotations

from dataclasses import fields

import pytest

from tools import reference


@pytest.mark.parametrize("name", reference.pages())
def test_a_page_is_up_to_date(name: str) -> None:
    """If this fails, run `python -m tools.reference`."""
    assert (reference.FOLDER / name).read_text() == reference.pages()[name]


@pytest.mark.parametrize("declaration", [*reference.DECLARATIONS, *reference.TABLES.values()])
def test_every_field_has_a_docstring(declaration: type) -> None:
    docs = reference.field_docs(declaration)
    assert [
        field.name for field in fields(declaration) if field.name not in reference.TABLES and not docs[field.name]
    ] == []


def test_every_command_is_on_the_page_and_no_hidden_one() -> None:
    page = reference.pages()["commands.md"]
    for command in ("check", "apply", "images push", "routes explain", "sandbox demo", "sandbox up"):
        assert page.count(f"\n## colonnade {command}\n") == 1
    assert "plan-change" not in page

"""The command lines in the documents, each parsed by the command that it names, and the table of the commands."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from tests.support.command_line import LEAVES, ROOT, documented_lines, parse

DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    ROOT / "colonnade_sandbox" / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / ".github" / "scripts").glob("*-*")),
    ROOT / "Makefile",
]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_line_in_the_documents_parses(path: Path) -> None:
    for line in documented_lines(path.read_text()):
        parse(line)


def test_the_documents_name_every_command_and_the_parser_refuses_wrong_lines() -> None:
    named = [line for path in DOCUMENTS for line in documented_lines(path.read_text())]
    for command in LEAVES:
        assert any(line.startswith(f"colonnade {' '.join(command)}") for line in named), command
    for wrong in ("colonnade plna", "colonnade check --jsn"):
        with pytest.raises((KeyError, click.UsageError)):
            parse(wrong)


def test_the_table_of_the_commands_is_complete_and_has_their_defaults() -> None:
    table = (ROOT / "docs" / "command-line.md").read_text()
    rows = re.findall(
        r"^\| `colonnade ([a-z ]+?)(?: [A-Z\[-].*)?` \| [^|]* \| ([^|]*) \| ([^|]*) ?\|$", table, re.MULTILINE
    )
    assert {name for name, *_ in rows} == {" ".join(path) for path in LEAVES}
    for name, environment, as_json in rows:
        parameters = {each.name: each for each in LEAVES[tuple(name.split())].params}
        assert (as_json.strip() == "yes") == ("as_json" in parameters), name
        if "environment" in parameters and name != "review":
            default = parameters["environment"].default
            assert environment == ("required" if default is None else f"`{default}`"), name

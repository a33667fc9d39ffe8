"""The names of the rules: every finding has one of the documented names, and every name is in use."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

from colonnade.review.analysis import rules
from colonnade.review.analysis.rules import RULES
from tests.support.sandbox_session import PROJECT_ROOT

CODE = PROJECT_ROOT / "colonnade" / "review"


def _nodes() -> Iterator[ast.AST]:
    for path in CODE.rglob("*.py"):
        if path != Path(rules.__file__):
            yield from ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def _strings(node: ast.AST) -> set[str]:
    return {each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str)}


def _tabulated() -> set[str]:
    """Return the names in the tables of resource types and of arguments."""
    tables = [tomllib.loads(path.read_text(encoding="utf-8")) for path in CODE.rglob("*.toml")]
    groups = (group for table in tables for value in table.values() if isinstance(value, list) for group in value)
    return {group["rule"] for group in groups if "rule" in group}


def test_the_code_yields_the_names_of_the_table_and_no_other() -> None:
    nodes = list(_nodes())
    given = {name for each in nodes if isinstance(each, ast.keyword) and each.arg == "rule" for name in _strings(each)}
    given |= _tabulated()
    assert len(given) > 15
    assert given - RULES.keys() == set()
    assert RULES.keys() - _tabulated() - {name for each in nodes for name in _strings(each)} == set()


def test_names_are_kebab_case_and_sorted() -> None:
    assert list(RULES) == sorted(RULES)
    assert [name for name in RULES if not re.fullmatch(r"[a-z]+(-[a-z]+)*", name)] == []

"""Tests that no call in a construct has a dict literal as an argument.

CDKTF accepts a dict in place of a struct, but silently drops its keys in snake_case.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = [*sorted((ROOT / "modules").glob("*.py")), *sorted((ROOT / "colonnade" / "stacks").glob("*.py"))]


def _dict_literals_in_calls(source: str) -> Iterator[int]:
    """Yield the line of each call with an argument that is or contains a dict."""
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call):
            arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
            if any(isinstance(node, ast.Dict | ast.DictComp) for argument in arguments for node in _inside(argument)):
                yield call.lineno


def _inside(argument: ast.expr) -> Iterator[ast.AST]:
    """Yield the argument and the contents of its literals and comprehensions, but not the arguments of nested calls."""
    yield argument
    for child in ast.iter_child_nodes(argument):
        if isinstance(argument, ast.Call):
            return
        if isinstance(child, ast.expr | ast.comprehension):
            yield from _inside(child)  # type: ignore[arg-type]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_call_has_a_dict_literal_as_an_argument(path: Path) -> None:
    assert list(_dict_literals_in_calls(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "source",
    [
        "Lb(self, 'this', tags={'Name': 'x'})",
        "Rule(self, 'this', action=[{'type': 'forward'}])",
        "Rule(self, 'this', [({'type': 'forward'},)])",
        "Rule(self, 'this', action=[{'type': kind} for kind in kinds])",
        "Rule(self, 'this', action={kind: 1 for kind in kinds})",
        "Rule(self, 'this', action={'a': 1} if simple else None)",
        "Rule(self, 'this', action=Action(target={'arn': arn}))",
    ],
)
def test_a_dict_literal_is_found_anywhere_in_an_argument(source: str) -> None:
    assert list(_dict_literals_in_calls(source)) == [1]


def test_typed_structs_are_allowed() -> None:
    assert list(_dict_literals_in_calls("Rule(self, 'this', action=[Action(type='forward')], tags=tags)")) == []

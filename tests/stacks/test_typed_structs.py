"""Claims about how constructs are written: no call is given a dict literal, which CDKTF would pass on unread.

A struct given as a dict loses every key in snake_case without a word, so nothing but this test would notice.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = [*sorted((ROOT / "modules").glob("*.py")), *sorted((ROOT / "colonnade" / "stacks").glob("*.py"))]


def _dict_literals_in_calls(source: str) -> Iterator[int]:
    """The line of each call with a dict, or something that holds one, among its arguments."""
    for call in ast.walk(ast.parse(source)):
        if isinstance(call, ast.Call):
            arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
            if any(isinstance(node, ast.Dict | ast.DictComp) for argument in arguments for node in _inside(argument)):
                yield call.lineno


def _inside(argument: ast.expr) -> Iterator[ast.AST]:
    """The argument and what its literals and comprehensions hold, but not what calls inside of it are given."""
    yield argument
    for child in ast.iter_child_nodes(argument):
        if isinstance(argument, ast.Call):
            return
        if isinstance(child, ast.expr | ast.comprehension):
            yield from _inside(child)  # type: ignore[arg-type]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_call_is_given_a_dict_literal(path: Path) -> None:
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
def test_a_dict_literal_is_found_wherever_a_call_holds_it(source: str) -> None:
    assert list(_dict_literals_in_calls(source)) == [1]


def test_typed_structs_are_let_through() -> None:
    assert list(_dict_literals_in_calls("Rule(self, 'this', action=[Action(type='forward')], tags=tags)")) == []

"""The text that a person reads in a file: strings, docstrings and comments of Python, every line of other files."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROSE_TOKENS = {tokenize.STRING, tokenize.COMMENT}
_ROW = re.compile(r"^\| `(?P<pattern>.+)` \| (?P<instead>.+) \|$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A piece of text and the line on which it begins."""

    line: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A pattern that no text may contain."""

    pattern: re.Pattern[str]
    instead: str


def word_list(document: str) -> tuple[Word, ...]:
    """Return the rows of the table in CONTRIBUTING.md."""
    rows = _ROW.finditer(document)
    return tuple(
        Word(pattern=re.compile(row["pattern"].replace("\\|", "|"), re.IGNORECASE), instead=row["instead"])
        for row in rows
    )


def passages(name: str, text: str) -> Iterator[Passage]:
    """Yield what a person reads in a file of that name."""
    if not name.endswith(".py"):
        yield from (Passage(line=number, text=line) for number, line in enumerate(text.splitlines(), start=1))
        return
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in PROSE_TOKENS:
            yield Passage(line=token.start[0], text=token.string)


def names_of_tests(text: str) -> Iterator[Passage]:
    """Yield the names of the tests in a Python file as sentences."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield Passage(line=node.lineno, text=node.name.replace("_", " "))


def docstrings(text: str) -> Iterator[Passage]:
    """Yield the docstrings of a Python file, those below attributes included."""
    for node in ast.walk(ast.parse(text)):
        for statement in getattr(node, "body", ()) if isinstance(getattr(node, "body", None), list) else ():
            value = statement.value if isinstance(statement, ast.Expr) else None
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield Passage(line=value.lineno, text=value.value)


def found_words(words: tuple[Word, ...], passage: Passage) -> Iterator[str]:
    """Yield a line for each pattern that the passage contains; a sentence may run over a line's end."""
    flat = " ".join(passage.text.split())
    for word in words:
        match = word.pattern.search(flat)
        if match is not None:
            around = flat[max(match.start() - 30, 0) : match.end() + 30]
            yield f"{passage.line}: {match[0]!r} in {around!r}; write: {word.instead}"


def read(root: Path, name: str) -> str:
    """Return a file's text, or nothing for one that is not text."""
    try:
        return (root / name).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""

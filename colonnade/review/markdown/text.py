"""Markdown that shows any string literally: code spans, tables, folded parts, and a length that GitHub accepts."""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from colonnade.review.analysis.hidden_values import HIDDEN, is_hidden_at, masked
from colonnade.review.plan.values import is_known

MAX_LENGTH = 65_000
"""Characters; a GitHub comment may have 65,536, and the poster may add a line."""
_VALUE_LENGTH = 120
_CONTEXT = 40
"""The characters before the first difference of two long values."""
_ACTIVE = re.compile(r"://|www\.|@|#\d|\bGH-\d", re.IGNORECASE)
"""Words that GitHub links although their characters are escaped: addresses, mentions, issues.
https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls"""
_TRUNCATED = "_Truncated: the review exceeds the maximum length of a comment. `--full` writes the whole._"


def code(value: Any) -> str:
    """Return a value as a code span, which GitHub shows literally: without Markdown, mentions or HTML."""
    text = _one_line(value if isinstance(value, str) else _as_json(value))
    if len(text) > _VALUE_LENGTH:
        text = f"{text[: _VALUE_LENGTH - 1]}…"
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    # An empty string, or one that begins or ends with a backtick or a space, needs a space inside the fence.
    space = " " if not text or text[0] in "` " or text[-1] in "` " else ""
    return f"{fence}{space}{text}{space}{fence}"


def changed_value(before: Any, after: Any) -> str:
    """Return `before → after` as two code spans: of long values the part that differs, of hidden values no part."""
    if not (is_known(before) and is_known(after)):
        return f"{_span(before)} → {_span(after)}"
    old, new = masked(before), masked(after)
    if old == new and before != after:
        return f"changed, value {HIDDEN}"
    if old is None or new is None:
        return f"{_span(old)} → {_span(new)}"
    one, other = (value if isinstance(value, str) else _as_json(value) for value in (old, new))
    start = _common_start(one, other)
    return " → ".join(code(_around(text, start)) for text in (one, other))


def changed_at(path: Sequence[str | int], before: Any, after: Any) -> str:
    """Return `before → after` of the attribute at a path, hidden if a name in the path hides its value."""
    if is_hidden_at(path):
        return f"changed, value {HIDDEN}"
    return changed_value(before, after)


def part_that_differs(text: str, other: str | None) -> str:
    """Return a string as a code span, without secrets: if it is long, from where it differs from the other on."""
    shown = str(masked(text))
    return code(shown if other is None or other == text else _around(shown, _common_start(shown, str(masked(other)))))


def _span(value: Any) -> str:
    if not is_known(value):
        return repr(value)
    return "none" if value is None else code(masked(value))


def _common_start(one: str, other: str) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    return next((place for place, (first, second) in pairs if first != second), min(len(one), len(other)))


def _around(text: str, start: int) -> str:
    """Return the text from a little before `start` on if its beginning is too long to show."""
    first = max(start - _CONTEXT, 0)
    return f"…{text[first:]}" if first and len(text) > _VALUE_LENGTH else text


def _as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=repr)


def _one_line(text: str) -> str:
    """Escape line breaks, invisible characters and characters that change the direction of text."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    if unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp", "Cs"}:
        return character.encode("unicode_escape").decode("ascii")
    return character


def plain(text: str) -> str:
    """Return a string with every special character of Markdown and HTML escaped, and words that GitHub links as code
    spans."""
    words = re.split(r"(\s+)", _one_line(text))
    return "".join(code(word) if _ACTIVE.search(word) else _escaped(word) for word in words)


def _escaped(text: str) -> str:
    return re.sub(r"([\\`*_{}\[\]<>()#+!~@&])", r"\\\1", text)


def with_code(text: str) -> str:
    """Return a string in which parts between backticks are code spans and all others are plain."""
    found = ""
    for place, part in enumerate(text.split("`")):
        shown = code(part) if place % 2 else plain(part)
        # Two spans without a character between them would be read as one.
        found += f" {shown}" if found.endswith("`") and shown.startswith("`") else shown
    return found


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return the lines of a table of Markdown cells; the broken bar replaces each pipe.

    GitHub splits a row at a pipe even in a code span, and at an escaped pipe that follows two backslashes.
    """
    lines = [header, ["---"] * len(header), *([cell.replace("|", "¦") for cell in row] for row in rows)]
    return [f"| {' | '.join(cells)} |" for cells in lines]


def counted(number: object, what: str) -> str:
    """Return '1 task', '2 tasks'."""
    return f"{number} {what}{'' if str(number) == '1' else 's'}"


def listed(names: Sequence[str], most: int) -> str:
    """Return 'a, b and 3 more' with at most `most` names."""
    more = len(names) - most
    return ", ".join(names[:most]) + (f" and {more} more" if more > 0 else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """A part that is folded until the reader opens it; the title is plain text."""

    title: str
    lines: Iterable[str]
    """Read once, and only as far as they fit."""


Part = Iterable[str] | Folded
"""Lines that are visible, or a part that is folded."""


def document(parts: Iterable[Part], *, max_length: int | None = MAX_LENGTH) -> str:
    """Return the document of the parts. It is truncated, with a note, at `max_length`; None for the whole."""
    room = max_length - len(_TRUNCATED) - 2 if max_length is not None else sys.maxsize
    shown = ""
    for part in parts:
        opening, closing = "", ""
        if isinstance(part, Folded):
            opening, closing = f"\n<details><summary>{plain(part.title)}</summary>\n\n", "\n</details>\n"
        lines = part.lines if isinstance(part, Folded) else part
        whole, text = _fitting(lines, room - len(shown) - len(opening) - len(closing))
        if whole or text:
            shown += f"{opening}{text}{closing}"
        if not whole:
            return f"{shown}\n{_TRUNCATED}\n"
    return shown


def _fitting(lines: Iterable[str], room: int) -> tuple[bool, str]:
    """Return whether all lines fit, and the text of the lines that do."""
    kept: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            return False, "".join(kept)
        kept.append(f"{line}\n")
    return True, "".join(kept)

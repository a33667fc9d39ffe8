"""Markdown that shows any string literally: code spans, tables, folded parts, and a length that GitHub accepts."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

MAX_LENGTH = 65_000
"""Characters; a GitHub comment may have 65,536, and the poster may add a line."""
_VALUE_LENGTH = 120
_TRUNCATED = "_Truncated: the review exceeds the maximum length of a comment. Run the review on the plan for the rest._"


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


def _as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=repr)


def _one_line(text: str) -> str:
    """Escape line breaks, invisible characters and characters that change the direction of text."""
    return "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    if unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp", "Cs"}:
        return character.encode("unicode_escape").decode("ascii")
    return character


def plain(text: str) -> str:
    """Return a string with every special character of Markdown and HTML escaped."""
    return re.sub(r"([\\`*_{}\[\]<>()#+!~@&])", r"\\\1", _one_line(text))


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
    lines: Sequence[str]


def document(top: Sequence[str], folded: Sequence[Folded], *, max_length: int = MAX_LENGTH) -> str:
    """Return the document: `top` is visible, the rest is folded. It is truncated, with a note, at `max_length`."""
    room = max_length - len(_TRUNCATED) - 2
    kept, text = _fitting(top, room)
    parts = [text]
    room -= len(text)
    for part in folded if kept else ():
        opening = f"\n<details><summary>{plain(part.title)}</summary>\n\n"
        closing = "\n</details>\n"
        kept, text = _fitting(part.lines, room - len(opening) - len(closing))
        if kept or text:
            parts.append(f"{opening}{text}{closing}")
            room -= len(parts[-1])
        if not kept:
            break
    return "".join(parts) if kept else f"{''.join(parts)}\n{_TRUNCATED}\n"


def _fitting(lines: Sequence[str], room: int) -> tuple[bool, str]:
    """Return whether all lines fit, and the text of the lines that do."""
    text = ""
    for line in lines:
        if len(text) + len(line) + 1 > room:
            return False, text
        text += f"{line}\n"
    return True, text

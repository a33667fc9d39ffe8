"""Markdown that shows any text as that text: code spans, tables, folded parts, and a length that GitHub takes.

Pure.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

MAX_LENGTH = 65_000
"""Characters; a GitHub comment takes 65,536, and whoever posts it may add a line of its own."""
_VALUE_LENGTH = 120
_CUT = "_Cut here: the whole review is longer than a comment may be. Run the review on the plan to read it all._"


def code(value: Any) -> str:
    """A value as a code span, in which nothing is Markdown, a mention or HTML."""
    text = _one_line(value if isinstance(value, str) else _as_json(value))
    if len(text) > _VALUE_LENGTH:
        text = f"{text[: _VALUE_LENGTH - 1]}…"
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    # A space inside the fence where the text itself begins or ends with a backtick or a space, or is empty.
    space = " " if not text or text[0] in "` " or text[-1] in "` " else ""
    return f"{fence}{space}{text}{space}{fence}"


def _as_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=repr)


def _one_line(text: str) -> str:
    """Line breaks and characters that cannot be seen, or turn the direction of text, as escapes."""
    return "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    if unicodedata.category(character) in {"Cc", "Cf", "Zl", "Zp", "Cs"}:
        return character.encode("unicode_escape").decode("ascii")
    return character


def plain(text: str) -> str:
    """A text as prose: every character that Markdown or HTML gives a meaning stands for itself."""
    return re.sub(r"([\\`*_{}\[\]<>()#+!~@&])", r"\\\1", _one_line(text))


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """The lines of a table, whose cells are Markdown already, but for pipes: a look-alike takes their place.

    GitHub splits a row even at a pipe in a code span, and after two backslashes at an escaped one.
    """
    lines = [header, ["---"] * len(header), *([cell.replace("|", "¦") for cell in row] for row in rows)]
    return [f"| {' | '.join(cells)} |" for cells in lines]


def counted(number: object, what: str) -> str:
    """'1 task', '2 tasks'."""
    return f"{number} {what}{'' if str(number) == '1' else 's'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """A part that a click opens; its title is plain text."""

    title: str
    lines: Sequence[str]


def document(top: Sequence[str], folded: Sequence[Folded], *, max_length: int = MAX_LENGTH) -> str:
    """The whole text: `top` in sight, the rest folded, cut with a note where it would be longer than `max_length`."""
    room = max_length - len(_CUT) - 2
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
    return "".join(parts) if kept else f"{''.join(parts)}\n{_CUT}\n"


def _fitting(lines: Sequence[str], room: int) -> tuple[bool, str]:
    """As many of the lines as there is room for, and whether that is all of them."""
    text = ""
    for line in lines:
        if len(text) + len(line) + 1 > room:
            return False, text
        text += f"{line}\n"
    return True, text

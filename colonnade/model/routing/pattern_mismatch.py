"""Explanations of why a path pattern does not match a path.

Only the part of the pattern before its first wildcard is compared in detail: the first character that differs there is
nearly always the cause. Pure string functions.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

_SHOWN_LENGTH = 24
"""Longer parts of a path are shortened to this many characters."""


def mismatch(pattern: str, path: str) -> str:
    """Return the reason for which the load balancer does not match `path` with the pattern.

    `path` is the path as it is sent, without its query; `path_pattern.matches` must be false for the pair. The reason
    does not contain the pattern, so that the caller can group patterns that fail for the same reason.
    """
    literal = re.split(r"[*?]", pattern, maxsplit=1)[0]
    if not path.startswith(literal):
        return _different(literal, path)
    if literal == pattern:
        return _longer(path[len(pattern) :])
    return f"{pattern[len(literal) :]!r} must match what follows {_end(literal)}: {_start(path[len(literal) :])}"


def _longer(rest: str) -> str:
    if rest == "/":
        return "exact, and the path has a trailing '/'"
    return f"exact, and the path is longer: {_start(rest)} follows"


def _different(literal: str, path: str) -> str:
    place = _shared_length(literal, path)
    if place == len(path):
        return f"{_start(literal[place:])} must follow {_end(path)}, and the path ends there"
    wanted, found = literal[place], path[place]
    if wanted.lower() == found.lower():
        return f"case counts: {wanted!r} is not the path's {found!r}"
    if found == "%" and unquote(path[place:]).startswith(wanted):
        return f"{wanted!r} is not {path[place : place + 3]!r}: the path is compared as it is sent"
    return f"{wanted!r} must follow {_end(literal[:place])}, and the path has {found!r} there"


def _shared_length(first: str, second: str) -> int:
    """Return the length of the common prefix."""
    return next(
        (place for place, pair in enumerate(zip(first, second, strict=False)) if len(set(pair)) > 1),
        min(len(first), len(second)),
    )


def _start(text: str) -> str:
    if not text:
        return "nothing"
    return repr(text if len(text) <= _SHOWN_LENGTH else f"{text[:_SHOWN_LENGTH]}...")


def _end(text: str) -> str:
    if not text:
        return "the beginning"
    return repr(text if len(text) <= _SHOWN_LENGTH else f"...{text[-_SHOWN_LENGTH:]}")

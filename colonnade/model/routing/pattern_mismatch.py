"""Explanations of why a path pattern does not match a path.

Only the part of the pattern before its first wildcard is compared in detail: the first character that differs there is
nearly always the cause. Pure string functions.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

_SHOWN_LENGTH = 24
"""The number of characters to which a longer part of a path is shortened in a message."""


def mismatch(pattern: str, path: str) -> str:
    """Return the reason for which the load balancer does not match `path` with the pattern.

    `path` is the path as it is sent, without its query; `path_pattern.matches` must be false for the pair. Patterns
    that differ from the path at the same character have the same reason, so that the caller can group them.
    """
    literal = re.split(r"[*?]", pattern, maxsplit=1)[0]
    if not path.startswith(literal):
        return _different(literal, path)
    rest, remaining = pattern[len(literal) :], path[len(literal) :]
    if not rest:
        return f"{_after(literal)} the pattern ends and the path has {_start(remaining)}"
    if not remaining:
        return f"{_after(literal)} the pattern has {_start(rest)} and the path ends"
    return f"{_after(literal)} the pattern has {_start(rest)}, which does not match {_start(remaining)}"


def _different(literal: str, path: str) -> str:
    place = _shared_length(literal, path)
    after = _after(literal[:place])
    if place == len(path):
        return f"{after} the pattern has {_start(literal[place:])} and the path ends"
    wanted, found = literal[place], path[place]
    if found == "%" and unquote(path[place:]).startswith(wanted):
        encoded = path[place : place + 3]
        return f"{after} the pattern has {wanted!r} and the path has {encoded!r}: the path is compared as it is sent"
    case = ": matching is case-sensitive" if wanted.lower() == found.lower() else ""
    return f"{after} the pattern has {wanted!r} and the path has {found!r}{case}"


def _shared_length(first: str, second: str) -> int:
    """Return the length of the common prefix."""
    return next(
        (place for place, pair in enumerate(zip(first, second, strict=False)) if len(set(pair)) > 1),
        min(len(first), len(second)),
    )


def _start(text: str) -> str:
    return repr(text if len(text) <= _SHOWN_LENGTH else f"{text[:_SHOWN_LENGTH]}...")


def _after(text: str) -> str:
    if not text:
        return "at the beginning"
    return f"after {text if len(text) <= _SHOWN_LENGTH else f'...{text[-_SHOWN_LENGTH:]}'!r}"

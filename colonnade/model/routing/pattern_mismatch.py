"""Why a path pattern does not match a path, in words for the person who expected it to.

A pattern is read up to its first wildcard: the character that fails there is nearly always the whole story. Pure
text.
"""

from __future__ import annotations

import re
from urllib.parse import unquote

_SHOWN_LENGTH = 24
"""More of a path than this tells nobody anything."""


def mismatch(pattern: str, path: str) -> str:
    """Why the load balancer does not match `path`, as it is sent and without its query, with the pattern.

    For a pair that `path_pattern.matches` refuses. Leaves the pattern's name to the caller, so that patterns that fail
    alike can be named together.
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
    """How many characters they begin with alike."""
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

"""The rule for PATH_PREFIX. The load balancer forwards paths unchanged, so the service answers under this prefix."""

from __future__ import annotations

import re
from typing import Final

HEALTH_PATH: Final = "/health"
"""Answered with and without the prefix, because health checks go to the container and not through the load balancer."""

RULE: Final = (
    "must be empty or a literal path such as '/service1' or '/a/b': ASCII letters, digits and -._~!$&'()+,;=:@ "
    f"between single slashes, no '.' or '..', and not '{HEALTH_PATH}'"
)

# RFC 3986 `pchar`, without `%` (two spellings of one path) and `*` (a wildcard for the load balancer).
_SEGMENT = re.compile(r"[A-Za-z0-9\-._~!$&'()+,;=:@]+", re.ASCII)


def parse_path_prefix(text: str, *, end: str = "") -> str:
    """Return the prefix as '' or '/a/b': with a slash at its beginning and none at its end.

    Raise ValueError with the broken rule for any other string, and for a prefix that does not end in `end`: with `end`
    '/api/users', '/x/api/users' is valid.
    """
    prefix = _parse(text)
    if not prefix.endswith(end):
        raise ValueError(f"must end in '{end}'")
    return prefix


def _parse(text: str) -> str:
    if text in {"", "/"}:
        return ""
    segments = text.removeprefix("/").removesuffix("/").split("/")
    if not all(_SEGMENT.fullmatch(segment) and segment not in {".", ".."} for segment in segments):
        raise ValueError(RULE)
    prefix = "/" + "/".join(segments)
    if prefix == HEALTH_PATH:
        raise ValueError(RULE)
    return prefix

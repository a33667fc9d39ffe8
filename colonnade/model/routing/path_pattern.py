"""Path patterns as an Application Load Balancer matches them, and the path prefixes of services.

A service owns a prefix and everything under it: the patterns `/p` and `/p/*`, because `/p*` would match `/p10` too.
Pure string functions.
"""

from __future__ import annotations

import functools
import posixpath
import re
from collections.abc import Callable, Sequence

from colonnade.model import aws_limits
from colonnade.model.errors import Fault

MAX_PREFIX_LENGTH = aws_limits.PATH_PATTERN_LENGTH - len("/*")


def path_patterns(prefix: str) -> tuple[str, ...]:
    """Return the patterns that match a prefix and everything under it, and no other path."""
    return (prefix, f"{prefix}/*")


def matches(pattern: str, path: str) -> bool:
    """Return True if a load balancer matches `path` (without its query) with this pattern.

    Matching is case-sensitive; `*` matches zero or more characters, slashes included, `?` exactly one.
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html#path-conditions
    """
    return matches_any((pattern,), path)


def matches_any(patterns: tuple[str, ...], path: str) -> bool:
    """Return True if a load balancer matches `path` with at least one of the patterns."""
    return _compiled(patterns).fullmatch(path) is not None


def first_match(lists: Sequence[Sequence[str]]) -> Callable[[str], int | None]:
    """Return a function that returns the index of the first list with a pattern that matches a path, or None.

    One expression compares a path with all patterns, which is many times faster than a comparison with each.
    """
    # The empty group after the patterns of a list shows which one matched.
    compiled = re.compile("|".join(f"{_expression(each)}()" for patterns in lists for each in patterns), re.DOTALL)
    places = [place for place, patterns in enumerate(lists) for _ in patterns]

    def find(path: str) -> int | None:
        found = compiled.fullmatch(path) if places else None
        return places[found.lastindex - 1] if found is not None and found.lastindex is not None else None

    return find


@functools.cache
def _compiled(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(_expression, patterns)), re.DOTALL)


def _expression(pattern: str) -> str:
    """Return an expression that needs at most the product of both lengths in steps, whatever the pattern.

    Each `*` takes as little as lets the characters up to the next `*` match, and an atomic group never reconsiders it:
    taking more would only leave less of the path for the rest of the pattern.
    """
    first, *others = ("".join("." if each == "?" else re.escape(each) for each in part) for part in pattern.split("*"))
    if not others:
        return first
    *inner, last = others
    return f"{first}{''.join(f'(?>.*?{part})' for part in inner)}.*{last}"


def owns(prefix: str, path: str) -> bool:
    """Return True if `path` is the prefix or lies under it.

    `path` may be another prefix: then all paths under that lie under this one too.
    """
    return matches_any(path_patterns(prefix), path)


def segment_count(prefix: str) -> int:
    """Return the depth of a prefix: '/api' has one segment, '/api/users' two."""
    return prefix.count("/")


def prefix_fault(prefix: str) -> Fault | None:
    """Return all faults of a string that is not a path prefix, with one fix for all of them; None for a prefix."""
    if prefix == "/":
        fix = "let the default action forward to the service, or use a prefix such as '/orders'"
        return Fault("path prefix '/' covers the whole site", fix)
    faults = _faults(prefix)
    if not faults:
        return None
    corrected = _corrected(prefix)
    if faults == [_length_fault(prefix)]:
        fix = f"shorten it to {MAX_PREFIX_LENGTH} characters"
    elif corrected is None or _faults(corrected) or corrected == "/":
        fix = "write '/' and ASCII words, such as '/orders' or '/api/users'"
    else:
        fix = f"use '{corrected}'; it is routed as '{corrected}' and '{corrected}/*'"
    message = faults[0] if len(faults) == 1 else f"{', '.join(faults[:-1])} and {faults[-1]}"
    return Fault(f"path prefix {prefix!r} {message}", fix)


def _faults(prefix: str) -> list[str]:
    other = sorted(set(re.findall(rf"[^{aws_limits.PATH_PATTERN_CHARACTERS}*?#\s\x80-\U0010ffff]", prefix)))
    checks = (
        (prefix == "", "is empty"),
        (prefix != "" and not prefix.startswith("/"), "does not begin with '/'"),
        ("*" in prefix, "is a pattern, not a prefix"),
        ("?" in prefix, "contains '?', which begins a query in a URL and is a wildcard in a pattern"),
        ("#" in prefix, "contains '#', which begins a fragment: clients do not send it"),
        (re.search(r"\s", prefix) is not None, "contains whitespace"),
        (not prefix.isascii(), "contains a character that is not ASCII"),
        (".." in prefix, "contains '..'"),
        ("/./" in f"{prefix}/", "contains the segment '.'"),
        ("//" in prefix, "contains an empty segment"),
        (prefix.endswith("/") and not prefix.endswith("//"), "ends with '/'"),
        (bool(other), f"contains {' '.join(other)!r}, which AWS does not allow in a path pattern"),
        (len(prefix) > MAX_PREFIX_LENGTH, _length_fault(prefix)),
    )
    return [fault for broken, fault in checks if broken]


def _length_fault(prefix: str) -> str:
    return f"has {len(prefix)} characters; at most {MAX_PREFIX_LENGTH} leave room for '/*' in a path pattern"


def _corrected(prefix: str) -> str | None:
    """Return a corrected prefix, which may still have other faults; None if no prefix means the same.

    No prefix can replace a wildcard that is not at the end. A space inside the prefix belongs to the path, and no path
    pattern can contain it.
    """
    path = re.sub(r"^\w+://[^/]*", "", prefix.strip().partition("#")[0])
    path = path.partition("?")[0] if re.search(r"\?\w+=", path) else path
    path = re.sub(r"\*+$", "", path)
    if "*" in path or "?" in path:
        return None
    # Clients resolve '..' before they send a request.
    return "/" + posixpath.normpath(f"/{path}").lstrip("/")

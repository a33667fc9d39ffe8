"""A matcher of path patterns that shares nothing with those it judges: slow, and as simple as the documentation."""

from __future__ import annotations


def backtracking_match(pattern: str, path: str) -> bool:
    """The load balancer's rule, written as it is documented and not as the source does it."""
    if not pattern:
        return not path
    head, rest = pattern[0], pattern[1:]
    if head == "*":
        return any(backtracking_match(rest, path[taken:]) for taken in range(len(path) + 1))
    return path != "" and head in {"?", path[0]} and backtracking_match(rest, path[1:])

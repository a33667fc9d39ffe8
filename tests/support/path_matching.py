"""The matches of path patterns: a table for the project's matchers, and an independent matcher."""

from __future__ import annotations

from functools import cache

import pytest

every_documented_match = pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("/p", "/p", True),
        ("/p", "/p/", False),
        ("/p", "/P", False),
        ("/p", "/p10", False),
        ("/p", "/q/p", False),
        ("/p/*", "/p/", True),
        ("/p/*", "/p/a/b", True),
        ("/p/*", "/p", False),
        ("/p/*", "/p10", False),
        ("/p*", "/p10", True),
        ("/p?", "/p", False),
        ("/p?", "/p1", True),
        ("/p?", "/p/", True),
        ("/p?", "/p12", False),
        ("/p.", "/pp", False),
        ("/img/*/pics", "/img/a/b/pics", True),
        ("/img/*/pics", "/img/pics", False),
        ("/img/?/pics", "/img/ab/pics", False),
        # Paths are compared as sent: the load balancer neither decodes nor normalizes them.
        ("/a%2Fb", "/a/b", False),
        ("/a/b", "/a%2Fb", False),
        ("/p/*", "/p%2Fa", False),
        ("/p", "/%70", False),
        ("/p/*", "/p/../q", True),
        ("/q", "/p/../q", False),
        ("/p", "//p", False),
    ],
)
"""Parameter sets of a pattern, a path, and whether they match by AWS's documentation, or literally where it states
nothing. https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html#path-conditions"""


@cache
def backtracking_match(pattern: str, path: str) -> bool:
    """Match as AWS documents it, in a slow and simple way that is independent of the project's matchers."""
    if not pattern:
        return not path
    head, rest = pattern[0], pattern[1:]
    if head == "*":
        return any(backtracking_match(rest, path[taken:]) for taken in range(len(path) + 1))
    return path != "" and head in {"?", path[0]} and backtracking_match(rest, path[1:])

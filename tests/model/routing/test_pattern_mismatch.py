"""The reason for a mismatch: one message for each kind, and each message correct."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from colonnade.model.routing import path_pattern
from colonnade.model.routing.pattern_mismatch import mismatch


@pytest.mark.parametrize(
    ("pattern", "path", "why"),
    [
        ("/service1", "/service10", "after '/service1' the pattern ends and the path has '0'"),
        ("/service1", "/service1/fetch", "after '/service1' the pattern ends and the path has '/fetch'"),
        ("/service1/*", "/service1", "after '/service1' the pattern has '/' and the path ends"),
        ("/service1/*", "/service10", "after '/service1' the pattern has '/' and the path has '0'"),
        ("/service1", "/Service1", "after '/' the pattern has 's' and the path has 'S': matching is case-sensitive"),
        (
            "/api/users",
            "/api%2Fusers",
            "after '/api' the pattern has '/' and the path has '%2F': the path is compared as it is sent",
        ),
        ("/service1", "/", "after '/' the pattern has 'service1' and the path ends"),
        ("/img/*/pics", "/img/a/b", "after '/img/' the pattern has '*/pics', which does not match 'a/b'"),
        ("/p?", "/p", "after '/p' the pattern has '?' and the path ends"),
        ("p", "/p", "at the beginning the pattern has 'p' and the path has '/'"),
        ("/a", "/a" + "b" * 30, f"after '/a' the pattern ends and the path has '{'b' * 24}...'"),
        ("/" + "a" * 30, "/" + "a" * 29 + "b", f"after '...{'a' * 24}' the pattern has 'a' and the path has 'b'"),
    ],
)
def test_each_kind_of_mismatch_has_its_reason(pattern: str, path: str, why: str) -> None:
    assert not path_pattern.matches(pattern, path)
    assert mismatch(pattern, path) == why


@given(st.text("aAb/%2F*?", max_size=8), st.text("aAb/%2F", max_size=8))
def test_the_reason_is_correct_about_the_place_and_its_characters(pattern: str, path: str) -> None:
    assume(not path_pattern.matches(pattern, path))
    why = mismatch(pattern, path)

    parts = re.fullmatch(r"(?:after '(.*)'|at the beginning) the pattern (.*?)(?: and the path (.*)|, which .*)", why)
    assert parts is not None, why
    start = parts[1] or ""
    assert pattern.startswith(start)
    assert path.startswith(start)
    in_pattern, in_path = (re.search("has '(.*)'", part or "") for part in (parts[2], parts[3]))
    assert pattern.startswith(start + in_pattern[1]) if in_pattern else pattern == start
    if parts[3] is not None:
        assert path.startswith(start + in_path[1]) if in_path else path == start

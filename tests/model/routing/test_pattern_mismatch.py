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
        ("/service1", "/service10", "exact, and the path is longer: '0' follows"),
        ("/service1", "/service1/fetch", "exact, and the path is longer: '/fetch' follows"),
        ("/service1", "/service1/", "exact, and the path has a trailing '/'"),
        ("/service1/*", "/service1", "'/' must follow '/service1', and the path ends there"),
        ("/service1/*", "/service10", "'/' must follow '/service1', and the path has '0' there"),
        ("/service1", "/service2", "'1' must follow '/service', and the path has '2' there"),
        ("/service1", "/Service1", "case counts: 's' is not the path's 'S'"),
        ("/api/users", "/api%2Fusers", "'/' is not '%2F': the path is compared as it is sent"),
        ("/service1", "/", "'service1' must follow '/', and the path ends there"),
        ("/img/*/pics", "/img/a/b", "'*/pics' must match what follows '/img/': 'a/b'"),
        ("/p?", "/p", "'?' must match what follows '/p': nothing"),
        ("p", "/p", "'p' must follow the beginning, and the path has '/' there"),
        ("/a", "/a" + "b" * 30, f"exact, and the path is longer: '{'b' * 24}...' follows"),
        ("/" + "a" * 30, "/" + "a" * 29 + "b", f"'a' must follow '...{'a' * 24}', and the path has 'b' there"),
    ],
)
def test_each_kind_of_mismatch_has_its_reason(pattern: str, path: str, why: str) -> None:
    assert not path_pattern.matches(pattern, path)
    assert mismatch(pattern, path) == why


@given(st.text("aAb/%2F*?", max_size=8), st.text("aAb/%2F", max_size=8))
def test_the_reason_is_correct_about_the_place_and_its_characters(pattern: str, path: str) -> None:
    assume(not path_pattern.matches(pattern, path))
    why = mismatch(pattern, path)

    if found := re.fullmatch(r"'(.*)' must follow (.*), and the path (?:has '(.)' there|ends there)", why):
        start = "" if found[2] == "the beginning" else found[2].strip("'")
        assert pattern.startswith(start + found[1])
        assert path.startswith(start + found[3]) if found[3] else path == start
    elif found := re.fullmatch("exact, and the path is longer: '(.*)' follows", why):
        assert path == pattern + found[1]
    elif found := re.fullmatch("case counts: '(.)' is not the path's '(.)'", why):
        assert found[1] != found[2]
        assert found[1] in pattern
        assert found[2] in path
    else:
        assert why.startswith(("exact, and the path has a trailing", "'/' is not '%2F'", "'*", "'?"))

"""Path and host patterns against AWS's examples, and against an independent matcher."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.data_plane.path_matcher import host_matches, path_matches

ALPHABET = "ab/.[+*?"


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("/service1", "/service1", True),
        ("/service1", "/service1/", False),
        ("/service1", "/Service1", False),
        ("/service1/*", "/service1/", True),
        ("/service1/*", "/service1", False),
        ("/service1/*", "/service1/a/b", True),
        ("/service1*", "/service10", True),
        ("/img/*/pics", "/img/a/b/pics", True),
        ("/img/?/pics", "/img/ab/pics", False),
        ("/a.c", "/abc", False),
        ("/a%2Fb", "/a/b", False),
    ],
)
def test_a_path_pattern_matches_what_aws_says(pattern: str, path: str, expected: bool) -> None:
    assert path_matches(pattern, path) is expected


def test_host_patterns_ignore_case() -> None:
    assert host_matches("*.Example.com", "api.EXAMPLE.com")
    assert not host_matches("*.example.com", "example.com")


@given(st.text(ALPHABET, max_size=10), st.text(ALPHABET + "\n", max_size=14))
def test_matching_agrees_with_a_matcher_that_tries_every_split(pattern: str, path: str) -> None:
    assert path_matches(pattern, path) is _matches(pattern, path)


@given(st.lists(st.tuples(st.sampled_from("ab/.*?"), st.text(ALPHABET, max_size=3)), max_size=8))
def test_a_path_written_from_a_pattern_matches_it(pieces: list[tuple[str, str]]) -> None:
    pattern = "".join(character for character, _ in pieces)
    path = "".join(_instance(character, filler) for character, filler in pieces)
    assert path_matches(pattern, path)


@cache
def _matches(pattern: str, path: str) -> bool:
    if pattern == "":
        return path == ""
    if pattern[0] == "*":
        return any(_matches(pattern[1:], path[skipped:]) for skipped in range(len(path) + 1))
    return path != "" and pattern[0] in ("?", path[0]) and _matches(pattern[1:], path[1:])


def _instance(character: str, filler: str) -> str:
    if character == "*":
        return filler
    return (filler + "x")[0] if character == "?" else character

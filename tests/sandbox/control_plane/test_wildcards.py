"""Path and host patterns against AWS's examples, and against an independent matcher."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from colonnade_sandbox.control_plane.wildcards import host_matches, path_matches
from tests.support.path_matching import backtracking_match, every_documented_match

ALPHABET = "ab/.[+*?"


@every_documented_match
def test_a_path_pattern_matches_as_in_the_examples_of_aws(pattern: str, path: str, expected: bool) -> None:
    assert path_matches(pattern, path) is expected


def test_host_patterns_ignore_case() -> None:
    assert host_matches("*.Example.com", "api.EXAMPLE.com")
    assert not host_matches("*.example.com", "example.com")


@given(st.text(ALPHABET, max_size=10), st.text(ALPHABET + "\n", max_size=14))
def test_matching_agrees_with_a_matcher_that_tries_every_split(pattern: str, path: str) -> None:
    assert path_matches(pattern, path) is backtracking_match(pattern, path)


@given(st.lists(st.tuples(st.sampled_from("ab/.*?"), st.text(ALPHABET, max_size=3)), max_size=8))
def test_a_path_written_from_a_pattern_matches_it(pieces: list[tuple[str, str]]) -> None:
    pattern = "".join(character for character, _ in pieces)
    path = "".join(_instance(character, filler) for character, filler in pieces)
    assert path_matches(pattern, path)


def _instance(character: str, filler: str) -> str:
    if character == "*":
        return filler
    return (filler + "x")[0] if character == "?" else character


def test_many_wildcards_are_compared_within_a_second() -> None:
    pattern, path = "/" + "*a" * 63 + "b", "/" + "a" * 8000
    assert not path_matches(pattern, path)
    assert path_matches(f"{pattern[:-1]}*", path)

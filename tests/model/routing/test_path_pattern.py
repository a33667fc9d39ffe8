"""Path patterns compared with an independent matcher, and the rules for prefixes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colonnade.model import aws_limits
from colonnade.model.routing import path_pattern
from tests.support.path_matching import backtracking_match, every_documented_match

PREFIXES = st.from_regex(rf"(/[{aws_limits.PATH_PATTERN_CHARACTERS}]{{1,9}}){{1,6}}", fullmatch=True)


@given(st.text(alphabet="aA/.+*?\n", max_size=8), st.text(alphabet="aA/.+*?\n", max_size=8))
@settings(deadline=None)
def test_matching_agrees_with_an_independent_matcher(pattern: str, path: str) -> None:
    assert path_pattern.matches(pattern, path) == backtracking_match(pattern, path)


@pytest.mark.timeout(10)
def test_many_wildcards_are_compared_within_a_second() -> None:
    pattern, path = "/" + "*a" * 63 + "b", "/" + "a" * 8000
    assert not path_pattern.matches(pattern, path)
    assert path_pattern.matches(f"{pattern[:-1]}*", path)


@given(st.lists(st.lists(st.text(alphabet="ab/*?", max_size=5), max_size=3), max_size=4), st.text("ab/", max_size=6))
@settings(deadline=None)
def test_the_first_list_with_a_matching_pattern_is_found(lists: list[list[str]], path: str) -> None:
    matching = [
        place for place, patterns in enumerate(lists) if any(backtracking_match(each, path) for each in patterns)
    ]
    assert path_pattern.first_match(lists)(path) == (matching[0] if matching else None)


@every_documented_match
def test_a_pattern_matches_as_aws_documents_it(pattern: str, path: str, expected: bool) -> None:
    assert path_pattern.matches(pattern, path) is expected


def test_a_prefix_owns_itself_and_the_paths_under_it_only() -> None:
    owned = [path for path in ("/p", "/p/", "/p/a", "/p10", "/p.x", "/", "/q/p") if path_pattern.owns("/p", path)]

    assert owned == ["/p", "/p/", "/p/a"]


@given(st.text(max_size=130) | PREFIXES)
@settings(deadline=None)
def test_the_patterns_of_a_valid_prefix_are_within_the_quotas_of_a_rule(prefix: str) -> None:
    if path_pattern.prefix_fault(prefix) is None:
        patterns = path_pattern.path_patterns(prefix)
        assert len(patterns) <= min(aws_limits.COMPARISON_STRINGS_PER_CONDITION, aws_limits.COMPARISON_STRINGS_PER_RULE)
        assert sum(pattern.count("*") + pattern.count("?") for pattern in patterns) <= aws_limits.WILDCARDS_PER_RULE
        assert all(len(pattern) <= aws_limits.PATH_PATTERN_LENGTH for pattern in patterns)


@given(st.text(alphabet="/ab.*? #é%", max_size=12))
@settings(deadline=None)
def test_a_suggested_prefix_is_valid(prefix: str) -> None:
    fault = path_pattern.prefix_fault(prefix)
    suggested = re.match(r"use '(.*?)'; it is routed", fault.fix) if fault is not None else None

    if suggested is not None:
        assert path_pattern.prefix_fault(suggested[1]) is None


@pytest.mark.parametrize("prefix", ["/p", "/service1", "/a/b/c", "/A", "/a.b", "/~x", "/a-b_c", "/" + "a" * 125])
def test_a_prefix_passes(prefix: str) -> None:
    assert path_pattern.prefix_fault(prefix) is None


@pytest.mark.parametrize(
    ("prefix", "fault"),
    [
        ("", "is empty"),
        ("orders", "does not begin with '/'"),
        ("/orders/", "ends with '/'"),
        ("/orders*", "is a pattern, not a prefix"),
        ("/orders/*", "is a pattern, not a prefix"),
        ("/*a*b*c*d*e*f", "is a pattern, not a prefix"),
        ("/orders?", "contains '?', which begins a query in a URL and is a wildcard in a pattern"),
        ("/orders?open", "contains '?', which begins a query in a URL and is a wildcard in a pattern"),
        ("/orders#top", "contains '#', which begins a fragment: clients do not send it"),
        ("/or ders", "contains whitespace"),
        ("/orders\n", "contains whitespace"),
        ("/a/../b", "contains '..'"),
        ("/a/./b", "contains the segment '.'"),
        ("/a//b", "contains an empty segment"),
        ("/a%20b", "contains '%', which AWS does not allow in a path pattern"),
        ("/a&b", "contains '&', which AWS does not allow in a path pattern"),
        ("/" + "a" * 126, "has 127 characters; at most 126 leave room for '/*' in a path pattern"),
    ],
)
def test_an_invalid_prefix_is_refused_with_its_fault(prefix: str, fault: str) -> None:
    found = path_pattern.prefix_fault(prefix)

    assert found is not None
    assert found.message == f"path prefix {prefix!r} {fault}"


def test_a_character_that_is_not_ascii_is_refused() -> None:
    found = path_pattern.prefix_fault("/caf\u00e9")

    assert found == (
        "path prefix '/caf\u00e9' contains a character that is not ASCII",
        "write '/' and ASCII words, such as '/orders' or '/api/users'",
    )


def test_the_root_path_is_not_a_prefix() -> None:
    found = path_pattern.prefix_fault("/")

    assert found is not None
    assert found.message == "path prefix '/' covers the whole site"


@pytest.mark.parametrize(
    ("prefix", "suggested"),
    [
        ("/orders/*", "/orders"),
        ("orders*", "/orders"),
        ("/orders?state=open", "/orders"),
        ("/orders#top", "/orders"),
        ("/a/../b", "/b"),
        ("https://example.com/orders", "/orders"),
        ("/a/./b//c/", "/a/b/c"),
    ],
)
def test_the_fix_is_the_prefix_with_the_same_meaning(prefix: str, suggested: str) -> None:
    fault = path_pattern.prefix_fault(prefix)

    assert fault is not None
    assert fault.fix == f"use '{suggested}'; it is routed as '{suggested}' and '{suggested}/*'"


@pytest.mark.parametrize("prefix", ["/api/*/orders", "/api*/*", "/or?ers", "/orders?", "/my orders"])
def test_without_a_prefix_of_the_same_meaning_the_fix_suggests_none(prefix: str) -> None:
    fault = path_pattern.prefix_fault(prefix)

    assert fault is not None
    assert fault.fix == "write '/' and ASCII words, such as '/orders' or '/api/users'"


def test_all_faults_of_a_prefix_are_reported_with_one_fix() -> None:
    found = path_pattern.prefix_fault("orders/* ")

    assert found == (
        "path prefix 'orders/* ' does not begin with '/', is a pattern, not a prefix and contains whitespace",
        "use '/orders'; it is routed as '/orders' and '/orders/*'",
    )


def test_the_fix_of_a_prefix_that_is_too_long_is_its_greatest_length() -> None:
    long = f"/{'a' * path_pattern.MAX_PREFIX_LENGTH}"
    fault = path_pattern.prefix_fault(long)

    assert fault is not None
    assert fault.fix == "shorten it to 126 characters"
    assert path_pattern.prefix_fault(long[:126]) is None

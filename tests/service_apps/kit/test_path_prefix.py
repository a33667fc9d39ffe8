"""PATH_PREFIX: accepted and refused values, and their normal form."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service_apps.kit.path_prefix import RULE, parse_path_prefix

SEGMENTS = st.text(string.ascii_letters + string.digits + "-._~!$&'()+,;=:@", min_size=1, max_size=12).filter(
    lambda text: text not in {".", ".."}
)
PREFIXES = st.lists(SEGMENTS, min_size=1, max_size=4).map("/".join).filter(lambda text: text != "health")


@given(path=PREFIXES, before=st.sampled_from(["", "/"]), after=st.sampled_from(["", "/"]))
def test_slashes_around_a_prefix_make_no_difference(path: str, before: str, after: str) -> None:
    assert parse_path_prefix(before + path + after) == "/" + path


@given(path=PREFIXES)
def test_a_parsed_prefix_parses_to_itself(path: str) -> None:
    once = parse_path_prefix(path)
    assert parse_path_prefix(once) == once


@pytest.mark.parametrize("text", ["", "/"])
def test_no_prefix_is_the_empty_string(text: str) -> None:
    assert parse_path_prefix(text) == ""


@given(text=st.text(max_size=30))
def test_an_accepted_prefix_is_a_literal_path_in_normal_form(text: str) -> None:
    try:
        prefix = parse_path_prefix(text)
    except ValueError as error:
        assert str(error) == RULE  # noqa: PT017 - a refusal is one of two valid results
        return
    assert prefix.isascii()
    assert not set(prefix) & set('*?#%{}[]<>"\\^`| \t\r\n')
    assert prefix == "" or (prefix.startswith("/") and not prefix.endswith("/"))
    assert not {"", ".", ".."} & set(prefix.split("/")[1:])


@given(path=PREFIXES, wrong=st.sampled_from([*"*?# \t\n%{}\\", "..", "é", "//", "\u00a0", "\x00"]))
def test_a_prefix_with_one_invalid_part_is_refused(path: str, wrong: str) -> None:
    text = f"/{path}/{wrong}/x" if wrong in {"..", "//"} else f"/{path}{wrong}x"
    with pytest.raises(ValueError, match="literal path"):
        parse_path_prefix(text)


@pytest.mark.parametrize("text", ["health", "/health", "/health/", "//", "/a//b", "/./a", "a/..", "/a\n"])
def test_an_invalid_prefix_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="literal path"):
        parse_path_prefix(text)

"""Claims about Markdown: strings are shown literally, tables stay valid, and a comment has a maximum length."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colonnade.review.markdown.text import MAX_LENGTH, Folded, code, document, plain, table

GITHUB_LIMIT = 65_536


def _content(span: str) -> str:
    """Return the content of a code span as GitHub renders it: https://github.github.com/gfm/#code-spans."""
    fence = re.match("`+", span)
    assert fence is not None
    inner = span[len(fence[0]) : -len(fence[0])]
    assert span.endswith(fence[0])
    assert fence[0] not in re.findall("`+", inner), "the span would end early"
    if inner.startswith(" ") and inner.endswith(" ") and inner.strip(" "):
        inner = inner[1:-1]
    return inner


@given(st.text(max_size=60))
def test_any_string_is_a_single_code_span_on_one_line(text: str) -> None:
    span = code(text)
    assert len(span.splitlines()) == 1
    _content(span)


@given(st.text(alphabet="ab`* _<>@#[]", min_size=1, max_size=30).filter(str.strip))
def test_code_span_without_escapes_shows_the_string_unchanged(text: str) -> None:
    assert _content(code(text)) == text


@pytest.mark.parametrize(
    ("value", "span"),
    [
        ("a|b", "`a|b`"),
        ("a\nb", r"`a\nb`"),
        ("`", "`` ` ``"),
        ("\u202eevil", r"`\u202eevil`"),
        ("</details>", "`</details>`"),
        (None, "`null`"),
        (["a", 1], '`["a", 1]`'),
        ("x" * 200, f"`{'x' * 119}…`"),
    ],
)
def test_code_span_escapes_markup(value: object, span: str) -> None:
    assert code(value) == span


@given(st.text(max_size=60))
def test_plain_text_escapes_every_special_character_of_markdown(text: str) -> None:
    outside = re.sub(r"(?<![`\\])(`+)(?!`).*?(?<!`)\1(?!`)", "", plain(text))
    unescaped = re.sub(r"\\.", "", outside)
    assert unescaped.translate(str.maketrans("", "", "`*_[]<>@#")) == unescaped
    assert len(plain(text).splitlines()) <= 1


def test_table_has_a_header_a_separator_and_rows() -> None:
    assert table(("a", "b"), [("1", "2")]) == ["| a | b |", "| --- | --- |", "| 1 | 2 |"]


@given(st.lists(st.text(max_size=20), min_size=2, max_size=2))
def test_values_never_split_a_table_cell(values: list[str]) -> None:
    (row,) = table(("a", "b"), [[code(value) for value in values]])[2:]
    assert row.count("|") == 3
    assert len(row.splitlines()) == 1


def test_short_document_is_complete_with_folded_parts() -> None:
    text = document([["top"], Folded(title="Part <1>", lines=["inside"])])
    assert text == "top\n\n<details><summary>Part \\<1\\></summary>\n\ninside\n\n</details>\n"


@given(st.lists(st.text(max_size=50), max_size=30), st.lists(st.lists(st.text(max_size=80), max_size=30), max_size=4))
def test_document_is_truncated_with_a_note_at_the_maximum_length(top: list[str], parts: list[list[str]]) -> None:
    folded = [Folded(title="part", lines=lines) for lines in parts]
    whole = document([top, *folded], max_length=None)
    cut = document([top, *folded], max_length=600)
    assert len(cut) <= 600
    assert (cut == whole) or "Truncated" in cut
    assert len([line for line in cut.splitlines() if line == "</details>"]) >= cut.count("<details><summary>part")


def test_default_maximum_length_fits_a_github_comment() -> None:
    lines = ["x" * 1000] * 100
    assert GITHUB_LIMIT - 2000 < len(document([["top"], Folded(title="long", lines=lines)])) <= MAX_LENGTH


@pytest.mark.parametrize("word", ["a", "@", "`", "a@", "#"])
def test_a_long_word_is_escaped_in_linear_time(word: str) -> None:
    started = time.process_time()
    plain(word * 200_000)
    assert time.process_time() - started < 1

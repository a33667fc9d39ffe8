"""The style that CONTRIBUTING.md describes, held over the whole tree."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.support.project import PROJECT
from tests.support.prose import Passage, Word, docstrings, found_words, names_of_tests, passages, read, word_list

ROOT = PROJECT.root
WORDS = word_list((ROOT / "CONTRIBUTING.md").read_text())
_NOT_PROSE = re.compile(
    r"(^|/)(__snapshots__|snapshots|addresses)/|\.(ambr|lock|svg|png|json)$|^(CONTRIBUTING\.md|LICENSE)$"
)
_QUESTION = re.compile(r"\s*(What|Whether|Where|How|Which|Why|Who|Whose|When)\b")


def tracked_files() -> list[str]:
    """Return the files under version control that hold prose."""
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607
    return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file() and not _NOT_PROSE.search(name)]


FILES = tracked_files()
PYTHON = [name for name in FILES if name.endswith(".py")]


def test_the_list_has_patterns_and_what_to_write_instead() -> None:
    assert len(WORDS) > 20
    assert all(word.instead for word in WORDS)


def test_no_text_contains_a_word_of_the_list() -> None:
    found = []
    for name in FILES:
        text = read(ROOT, name)
        found += [f"{name}:{each}" for passage in passages(name, text) for each in found_words(WORDS, passage)]
    assert not found, "\n".join(found)


def test_no_test_is_named_with_a_word_of_the_list() -> None:
    names = [
        (name, passage) for name in PYTHON if name.startswith("tests/") for passage in names_of_tests(read(ROOT, name))
    ]
    found = [f"{name}:{each}" for name, passage in names for each in found_words(WORDS, passage)]
    assert len(names) > 500
    assert not found, "\n".join(found)


def test_no_docstring_begins_with_a_question() -> None:
    found = [
        f"{name}:{passage.line}: {passage.text.strip().splitlines()[0]}"
        for name in PYTHON
        for passage in docstrings(read(ROOT, name))
        if _QUESTION.match(passage.text)
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('message = "the blue sky"', ["blue"]),
        ("# the Blue sky\n", ["Blue"]),
        ('def f():\n    """The sky is\n    blue."""', ["is blue"]),
        ("blue = 1", []),
        ('message = "blueish"', []),
    ],
)
def test_strings_docstrings_and_comments_are_read_and_identifiers_are_not(source: str, found: list[str]) -> None:
    word = Word(pattern=re.compile(r"(is )?\bblue\b", re.IGNORECASE), instead="another colour")
    lines = [line for passage in passages("a.py", source) for line in found_words((word,), passage)]
    assert [line.split("'")[1] for line in lines] == found


def test_a_docstring_below_an_attribute_is_one() -> None:
    source = 'class A:\n    b: int\n    """The value of b."""\n'
    assert list(docstrings(source)) == [Passage(line=3, text="The value of b.")]


def test_no_line_of_a_diagram_is_joined_with_the_next_one() -> None:
    documents = [name for name in FILES if name.endswith(".md")]
    lines = [(name, line) for name in documents for line in read(ROOT, name).splitlines() if "\u25bc" in line]
    assert lines
    assert [(name, line) for name, line in lines if not line.endswith("\u25bc")] == []

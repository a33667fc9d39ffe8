"""Look-ups by an id from a URL, for any string, and the refused files of a collection."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar.exceptions import ClientException, NotFoundException

from service_apps.message_board.collection import Collection, parse_id


class Note(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    text: str = ""


NOTES = Collection(tuple(Note(id=number) for number in (1, 7, 10)), noun="note")


@given(number=st.integers(min_value=0, max_value=12), zeros=st.integers(min_value=0, max_value=3))
def test_a_record_is_found_by_its_number_with_leading_zeros_too(number: int, zeros: int) -> None:
    text = "0" * zeros + str(number)
    if number in (1, 7, 10):
        assert NOTES.get(text).id == number
    else:
        with pytest.raises(NotFoundException, match="There is no note with this id"):
            NOTES.get(text)


def test_an_id_of_thousands_of_digits_is_unknown() -> None:
    with pytest.raises(NotFoundException):
        NOTES.get("9" * 10_000)


@given(st.text().filter(lambda text: not (text.isascii() and text.isdigit())))
@pytest.mark.parametrize("example", ["", "-1", "1.0", "+1", "1e1", " 1", "1\n", "\u0661", "one", "0x1"])
def test_an_id_that_is_not_a_whole_number_is_refused(example: str, text: str) -> None:
    for wrong in (example, text):
        with pytest.raises(ClientException) as caught:
            parse_id(wrong)
        assert caught.value.status_code == 400


def test_two_records_with_one_id_are_refused() -> None:
    with pytest.raises(ValueError, match="two records have the same id"):
        Collection((Note(id=1), Note(id=1)), noun="note")


def test_a_file_with_a_record_of_another_type_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "notes.json"
    path.write_text('[{"id": "1"}]')
    with pytest.raises(msgspec.ValidationError, match=r"\$\[0\]\.id"):
        Collection.load(path, Note)

"""A JSON file of records, and look-ups by an id that comes as text from a URL.

Ids are compared as digits without leading zeros, so that one of any length is unknown and nothing worse.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import msgspec
from litestar.exceptions import ClientException, NotFoundException


class Record(Protocol):
    """What every resource's records have."""

    @property
    def id(self) -> int:
        """From 1; unique in its collection."""


_Record = TypeVar("_Record", bound=Record)


class Collection(Generic[_Record]):
    """All records of one resource, in the order of their file; `noun` is what one of them is called."""

    def __init__(self, records: tuple[_Record, ...], *, noun: str) -> None:
        self.all = records
        self.noun = noun
        self._by_id = {str(record.id): record for record in records}
        if len(self._by_id) < len(records):
            raise ValueError(f"two records have the id of one {noun}")

    @classmethod
    def load(cls, path: Path, record_type: type[_Record]) -> Collection[_Record]:
        """Reads a JSON array of objects; OSError, msgspec.DecodeError or ValueError where it is none."""
        records = msgspec.json.decode(path.read_bytes(), type=tuple[record_type, ...])  # type: ignore[valid-type]
        return cls(records, noun=record_type.__name__.lower())

    def get(self, text: str) -> _Record:
        """The record with this id: JSON 404 where there is none, 400 where the text is no whole number."""
        identifier = parse_id(text)
        record = self._by_id.get(identifier)
        if record is None:
            raise NotFoundException(detail=f"There is no {self.noun} with this id.")
        return record


def parse_id(text: str) -> str:
    """The id's digits without leading zeros; JSON 400 where the text is no whole number."""
    if re.fullmatch("[0-9]+", text) is None:
        raise ClientException(detail="An id is a whole number, such as 1.")
    return text.lstrip("0")

"""A JSON file of records, and look-ups by an id from a URL.

Ids are compared as strings of digits without leading zeros, so that an id of any length is accepted and, at worst,
unknown.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Generic, Protocol, TypeVar

import msgspec
from litestar.exceptions import ClientException, NotFoundException
from litestar.params import Parameter

Id = Annotated[str, Parameter(description="A whole number", schema_extra={"pattern": "^[0-9]+$"})]
"""An id in a path. `parse_id` checks it; the pattern is for the OpenAPI document."""


class Record(Protocol):
    """A record of any resource."""

    @property
    def id(self) -> int:
        """From 1; unique in its collection."""


_Record = TypeVar("_Record", bound=Record)


class Collection(Generic[_Record]):
    """All records of one resource, in the order of their file; `noun` is the name of one record."""

    def __init__(self, records: tuple[_Record, ...], *, noun: str) -> None:
        self.all = records
        self.noun = noun
        self._by_id = {str(record.id): record for record in records}
        if len(self._by_id) < len(records):
            raise ValueError(f"two records have the same id: each {noun} needs its own")

    @classmethod
    def load(cls, path: Path, record_type: type[_Record]) -> Collection[_Record]:
        """Read a JSON array of objects; raise OSError, msgspec.DecodeError or ValueError if it is not one."""
        records = msgspec.json.decode(path.read_bytes(), type=tuple[record_type, ...])  # type: ignore[valid-type]
        return cls(records, noun=record_type.__name__.lower())

    def get(self, text: str) -> _Record:
        """Return the record with this id; raise a JSON 404 if there is none, 400 if the id is not a whole number."""
        identifier = parse_id(text)
        record = self._by_id.get(identifier)
        if record is None:
            raise NotFoundException(detail=f"There is no {self.noun} with this id.")
        return record


def parse_id(text: str) -> str:
    """Return the id's digits without leading zeros; raise a JSON 400 if it is not a whole number."""
    if re.fullmatch("[0-9]+", text) is None:
        raise ClientException(detail="An id is a whole number, such as 1.")
    return text.lstrip("0")

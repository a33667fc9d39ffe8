"""The handlers of every resource of the board: all records, and one record by its id."""

from __future__ import annotations

from typing import Any, TypeVar

from litestar import get
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler

from service_apps.message_board.collection import Collection, Id, Record

_Record = TypeVar("_Record", bound=Record)


def read_handlers(records: Collection[_Record], record_type: type[_Record]) -> tuple[HTTPRouteHandler, ...]:
    """Return the handlers of GET / and GET /{id}, relative to the resource's path."""
    noun = records.noun

    def list_records() -> Any:
        """Return all records in the order of their ids."""
        return records.all

    def get_record(record_id: str) -> Any:
        """Return the record; 404 if there is none, 400 if the id is not a number."""
        return records.get(record_id)

    # The types that Litestar describes in the OpenAPI document are known only here.
    list_records.__annotations__["return"] = tuple[record_type, ...]  # type: ignore[valid-type]
    get_record.__annotations__["return"] = record_type
    get_record.__annotations__["record_id"] = Id
    return (
        get("/", operation_id=f"list_{noun}s", summary=f"All {noun}s", sync_to_thread=False)(list_records),
        get(
            "/{record_id:str}",
            operation_id=f"get_{noun}",
            summary=f"One {noun}",
            raises=[NotFoundException],
            sync_to_thread=False,
        )(get_record),
    )

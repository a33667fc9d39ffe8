"""Type checks of declared values against their dataclass: for TOML tables, and files without a type checker.

Supports only the kinds of annotation that the declarations use. Pure.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Iterator, Mapping
from datetime import date, time
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from colonnade.model.errors import Fault, suggestion
from colonnade.model.literals import TOKEN

_DESCRIPTIONS = {int: "a whole number", str: "a string", bool: "true or false", NoneType: "None"}
_SHOWN_LENGTH = 80
_UNENCODABLE = re.compile("[\x00\ud800-\udfff]")
"""Characters that Terraform's JSON, which is UTF-8, cannot encode or that AWS APIs reject."""


@functools.cache
def field_types(declaration: type) -> Mapping[str, Any]:
    """Return the resolved annotation of each field of a dataclass."""
    hints = get_type_hints(declaration)
    return {field.name: hints[field.name] for field in dataclasses.fields(declaration)}


def type_faults(field: str, annotation: Any, value: object) -> Iterator[Fault]:
    """Yield a fault for each value that does not have the annotated type, and for each string that Terraform's JSON
    cannot hold.

    Each invalid entry of a tuple or a table has its own fault, so that the user need not search a long value.
    """
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        if not _has_type(annotation, value):
            fix = suggestion(str(value), arguments, label="allowed")
            yield Fault(f"{field} {shown(value)} is not allowed", fix)
    elif origin is tuple and isinstance(value, tuple):
        for position, item in enumerate(value):
            yield from type_faults(f"{field}[{position}]", arguments[0], item)
    elif origin is Mapping and isinstance(value, Mapping):
        for key, item in value.items():
            yield from type_faults(f"{field}.{key}", arguments[1], item)
    elif not _has_type(annotation, value):
        yield Fault(f"{field} {shown(value)} is not {described(annotation)}", _fix(annotation, value))
    elif isinstance(value, str):
        yield from _string_faults(field, value)


def _string_faults(field: str, value: str) -> Iterator[Fault]:
    if TOKEN in value:
        fix = "write the value itself; a token stands for a value that only Terraform knows"
        yield Fault(f"{field} {shown(value)} contains a token of CDKTF", fix)
    if _UNENCODABLE.search(value) is not None:
        yield Fault(f"{field} {shown(value)} contains a zero byte or half of a surrogate pair", "remove the character")


def _has_type(annotation: Any, value: object) -> bool:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Literal:
        return isinstance(value, str) and value in arguments
    if origin in {Union, UnionType}:
        return any(_has_type(member, value) for member in arguments)
    if origin is tuple:
        return isinstance(value, tuple) and all(_has_type(arguments[0], item) for item in value)
    if origin is not None:
        return isinstance(value, Mapping) and all(_has_type(arguments[1], item) for item in value.values())
    # In Python, bool is a subclass of int; here True is not a whole number.
    return isinstance(value, annotation) and (annotation is bool or not isinstance(value, bool))


def described(annotation: Any) -> str:
    """Return the type in words: "a whole number"."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in {Union, UnionType}:
        return " or ".join(described(member) for member in arguments)
    if origin is Literal:
        return " or ".join(map(repr, arguments))
    if origin is tuple:
        return f"a tuple in which each item is {described(arguments[0])}"
    if origin is not None:
        return f"a table in which each value is {described(arguments[1])}"
    return _DESCRIPTIONS.get(annotation, f"a {annotation.__name__}")


def shown(value: object) -> str:
    """Return the value as Python writes it, or a date as TOML writes it, cut after 80 characters."""
    text = value.isoformat() if isinstance(value, date | time) else repr(value)
    return text if len(text) <= _SHOWN_LENGTH else f"{text[:_SHOWN_LENGTH]}..."


def _fix(annotation: Any, value: object) -> str:
    if annotation == tuple[str, ...] and isinstance(value, str) and len(value.split()) > 1:
        return f"write each word as an item: {tuple(value.split())!r}"
    if get_origin(annotation) is tuple and _has_type(get_args(annotation)[0], value):
        return "a tuple of one item ends with a comma: (item,)"
    members = get_args(annotation) if get_origin(annotation) in {Union, UnionType} else (annotation,)
    if int in members and isinstance(value, str) and value.isdecimal():
        return "write it without quotes"
    if str in members and _has_type(int, value):
        return "write it in quotes"
    return f"write {described(annotation)}"

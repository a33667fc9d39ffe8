"""Type checks of declared values against their dataclass: for TOML tables, and files without a type checker.

Supports only the kinds of annotation that the declarations use. Pure.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from colonnade.model.errors import Fault, suggestion
from colonnade.model.literals import TOKEN

_DESCRIPTIONS = {int: "a whole number", str: "a string", bool: "true or false", NoneType: "None"}
_SHOWN_LENGTH = 80


@functools.cache
def field_types(declaration: type) -> Mapping[str, Any]:
    """Return the resolved annotation of each field of a dataclass."""
    hints = get_type_hints(declaration)
    return {field.name: hints[field.name] for field in dataclasses.fields(declaration)}


def type_fault(field: str, annotation: Any, value: object) -> Fault | None:
    """Return the fault of a value that does not have the annotated type or contains a token of CDKTF, or None."""
    if _has_type(annotation, value):
        return _token_fault(field, value)
    if get_origin(annotation) is Literal:
        return Fault(f"{field} {value!r} is not allowed", suggestion(str(value), get_args(annotation), label="allowed"))
    return Fault(f"{field} {_shown(value)} is not {described(annotation)}", _fix(annotation, value))


def _token_fault(field: str, value: object) -> Fault | None:
    texts = value.values() if isinstance(value, Mapping) else value if isinstance(value, tuple) else (value,)
    for text in texts:
        if isinstance(text, str) and TOKEN in text:
            fix = "write the value itself; a token stands for a value that only Terraform knows"
            return Fault(f"{field} {_shown(text)} contains a token of CDKTF", fix)
    return None


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


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN_LENGTH else f"{text[:_SHOWN_LENGTH]}..."


def _fix(annotation: Any, value: object) -> str:
    if get_origin(annotation) is tuple and _has_type(get_args(annotation)[0], value):
        return "a tuple of one item ends with a comma: (item,)"
    if annotation is int and isinstance(value, str) and value.isdecimal():
        return f"write {value} without quotes"
    if annotation is str and _has_type(int, value):
        return f'write it in quotes: "{value}"'
    return f"write {described(annotation)}"

"""Whether declared values have the types that their dataclass says: TOML tables, and specs written without a type checker.

Knows the few kinds of annotation that the declarations use. Pure; imported by `environment_document` and the rules.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator, Mapping
from types import NoneType, UnionType
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

from modules.spec.errors import suggestion


class TypeProblem(NamedTuple):
    """A value of the wrong type; the message continues the field's name and value."""

    field: str
    message: str
    fix: str


@functools.cache
def field_types(declaration: type) -> Mapping[str, Any]:
    """The annotation of each field of a dataclass, resolved."""
    hints = get_type_hints(declaration)
    return {field.name: hints[field.name] for field in dataclasses.fields(declaration) if field.init}


def type_problems(declared: Any) -> Iterator[TypeProblem]:
    """The fields of a dataclass instance whose values are not what the dataclass says."""
    for field, annotation in field_types(type(declared)).items():
        problem = type_problem(field, annotation, getattr(declared, field))
        if problem is not None:
            yield problem


def type_problem(field: str, annotation: Any, value: object) -> TypeProblem | None:
    """What is wrong with the type of one value, if anything."""
    if get_origin(annotation) is Literal:
        allowed = get_args(annotation)
        if value in allowed and isinstance(value, str):
            return None
        return TypeProblem(field, f"{field} {value!r} is not allowed", suggestion(str(value), allowed, label="allowed"))
    if _has_type(annotation, value):
        return None
    return TypeProblem(field, f"{field} {value!r} is not {_described(annotation)}", _example(annotation, value))


def _has_type(annotation: Any, value: object) -> bool:
    origin = get_origin(annotation)
    if origin in {Union, UnionType}:
        return any(_has_type(member, value) for member in get_args(annotation))
    if origin is tuple:
        return isinstance(value, tuple) and all(_has_type(get_args(annotation)[0], item) for item in value)
    if origin is not None:  # Mapping[str, str]
        keys, values = get_args(annotation)
        return isinstance(value, Mapping) and all(
            _has_type(keys, key) and _has_type(values, item) for key, item in value.items()
        )
    if annotation is int:
        return isinstance(value, int) and not isinstance(value, bool)  # True is an int to Python, not to a reader
    return isinstance(value, annotation)


_DESCRIPTIONS = {
    int: "a whole number",
    str: "a text",
    bool: "true or false",
    NoneType: "None",
}


def _described(annotation: Any) -> str:
    origin = get_origin(annotation)
    if origin in {Union, UnionType}:
        return " or ".join(_described(member) for member in get_args(annotation))
    if origin is tuple:
        return f"a tuple, each item {_described(get_args(annotation)[0])}"
    if origin is not None:
        return "a table of texts"
    return _DESCRIPTIONS.get(annotation, f"a {getattr(annotation, '__name__', annotation)}")


def _example(annotation: Any, value: object) -> str:
    if get_origin(annotation) is tuple and _has_type(get_args(annotation)[0], value):
        return f"a tuple of one item ends with a comma: ({value!r},)" if isinstance(value, str) else "write (item,)"
    if annotation is int and isinstance(value, str) and value.isdecimal():
        return f"write {value}, without quotes"
    if annotation is str and isinstance(value, int):
        return f"write it in quotes: '{value}'"
    return f"write {_described(annotation)}"

"""Literal strings for Terraform, which evaluates every string of its JSON as a template.

`${...}` is an expression and `%{...}` a directive; `$${` and `%%{` are the escapes for the literal `${` and `%{`.
https://developer.hashicorp.com/terraform/language/syntax/json#expression-mapping
Pure.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeVar

T = TypeVar("T")

_ESCAPES = (("${", "$${"), ("%{", "%%{"))

TOKEN = "{TfToken["  # noqa: S105 - a marker, not a secret
"""A part of every token of CDKTF: `${TfToken[1]}` for a string, `#{TfToken[1]}` for a list, `&{TfToken[1]}` for a map.
CDKTF replaces tokens in all strings, escaped or not."""


def literal(value: T) -> T:
    """Return the value with every string in it escaped, so that Terraform evaluates each to the string itself.

    Escapes strings in dataclasses, mappings (keys too) and tuples, at any depth; returns any other value as it is.
    """
    found: Any = value
    if isinstance(found, str):
        found = _escaped(found)
    elif isinstance(found, tuple):
        found = tuple(literal(item) for item in found)
    elif isinstance(found, Mapping):
        found = {literal(key): literal(item) for key, item in found.items()}
    elif dataclasses.is_dataclass(found) and not isinstance(found, type):
        fields = {field.name: literal(getattr(found, field.name)) for field in dataclasses.fields(found)}
        found = dataclasses.replace(found, **fields)
    return found  # type: ignore[no-any-return]


def evaluated(text: str) -> str:
    """Return the string that Terraform evaluates an escaped string to."""
    for plain, escape in _ESCAPES:
        text = text.replace(escape, plain)
    return text


def _escaped(text: str) -> str:
    for plain, escape in _ESCAPES:
        text = text.replace(plain, escape)
    return text

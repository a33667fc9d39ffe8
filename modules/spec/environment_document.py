"""An `Environment` from the document of a TOML file, or every problem of that document at once.

First the shape (missing and unknown keys, types, placeholders left in), then the rules of `environment_rules` for
whatever is well-formed. Pure: the file was read by `environments`, which alone imports this.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from modules.spec.declared_types import field_types, type_problem
from modules.spec.environment import Environment
from modules.spec.environment_rules import environment_problems
from modules.spec.errors import ConfigurationError, Problem, suggestion

PLACEHOLDERS = ("ACCOUNTID", "ACCOUNT_ID", "REGION", "CHANGEME", "TODO")
"""Words that documents and examples leave for their reader to replace; no valid value holds one."""


class _Fault(NamedTuple):
    message: str
    fix: str


def parse(name: str, document: Mapping[str, object]) -> Environment:
    """The environment that a TOML document describes; raises ConfigurationError with every problem of the document."""
    values: dict[str, Any] = {"name": name}
    declared = {key: annotation for key, annotation in field_types(Environment).items() if key != "name"}
    faults = list(_read(Environment, declared, document, "", values))
    faults += [_Fault(*fault) for fault in environment_problems(values)]
    if faults:
        raise ConfigurationError(
            Problem(subject=f"environment {name!r}", message=fault.message, fix=fault.fix) for fault in faults
        )
    return _built(Environment, values, "")


def _read(
    declaration: type, declared: Mapping[str, Any], table: Mapping[str, object], path: str, values: dict[str, Any]
) -> Iterator[_Fault]:
    """Puts the well-formed values of one table into `values`, by dotted key; yields what is wrong with the others."""
    optional = {field.name for field in dataclasses.fields(declaration) if field.default is not dataclasses.MISSING}
    for key in table:
        if key not in declared:
            yield _Fault(f"unknown key '{path}{key}'", suggestion(key, declared, label="keys"))
    for key, annotation in declared.items():
        if key in table:
            yield from _read_value(f"{path}{key}", annotation, table[key], values)
        elif key not in optional:
            kind = f"table [{path}{key}]" if dataclasses.is_dataclass(annotation) or key == "images" else f"key '{path}{key}'"
            yield _Fault(f"missing {kind}", f"add it to environments/{values['name']}.toml")


def _read_value(key: str, annotation: Any, value: object, values: dict[str, Any]) -> Iterator[_Fault]:
    if dataclasses.is_dataclass(annotation) and isinstance(annotation, type):
        if isinstance(value, Mapping):
            yield from _read(annotation, field_types(annotation), value, f"{key}.", values)
        else:
            yield _Fault(f"{key} {value!r} is not a table", f"write it as a table: [{key}]")
        return
    placeholders = list(_placeholders(key, value))
    problem = type_problem(key, annotation, value)
    if placeholders:
        yield from placeholders
    elif problem is not None:
        yield _Fault(problem.message, problem.fix)
    else:
        values[key] = value


def _placeholders(key: str, value: object) -> Iterator[_Fault]:
    if isinstance(value, Mapping):
        for inner, item in value.items():
            yield from _placeholders(f"{key}.{inner}", item)
        return
    left = [word for word in PLACEHOLDERS if word in str(value)]
    if left:
        yield _Fault(f"{key} {value!r} still holds the placeholder {left[0]}", "replace it by the real value")


def _built(declaration: type, values: Mapping[str, Any], path: str) -> Any:
    """The dataclass made of the values under `path`; what is not given keeps its default."""
    arguments: dict[str, Any] = {}
    for key, annotation in field_types(declaration).items():
        dotted = f"{path}{key}"
        if dataclasses.is_dataclass(annotation) and isinstance(annotation, type):
            arguments[key] = _built(annotation, values, f"{dotted}.")
        elif dotted in values:
            arguments[key] = values[dotted]
    return declaration(**arguments)

"""TOML document -> `Environment`, or every problem of the document at once.

First the shape (missing and unknown keys, types, remaining placeholders), then the rules of `rules` for all well-formed
values. Pure: `colonnade.project` reads the file.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator, Mapping
from types import NoneType
from typing import Any, get_args, get_origin

from colonnade.model.declared_types import field_types, shown, type_faults
from colonnade.model.environment.rules import environment_faults
from colonnade.model.environment.settings import Environment
from colonnade.model.errors import ConfigurationError, Fault, suggestion, unknown_key
from colonnade.model.images.pins import SUFFIX, ImagePin, read_pins

PLACEHOLDERS = ("ACCOUNTID", "ACCOUNT_ID", "REGION", "CHANGEME", "TODO")
"""Words in examples that the reader must replace; a valid value contains none of them."""


_NOT_IN_FILES = frozenset({"project", "name", "keys"})
"""Fields of an environment that its file does not set."""


def parse(
    project: str, name: str, document: Mapping[str, object], *, pins: Mapping[str, object] | None = None
) -> Environment:
    """Return the environment of a TOML document; raises ConfigurationError with every problem of the document.

    `pins` is the document of its pinned images, see `images.pins`; None if there is no such file. Pins of
    the project's images in another registry are ignored.
    """
    values: dict[str, Any] = {}
    settings = {key: value for key, value in document.items() if key not in _NOT_IN_FILES}
    faults = list(_read(Environment, {"name": name, "project": project, **settings}, "", values))
    if "name" in document:
        faults.append(unknown_key("name", "remove it: the environment is named by its file"))
    if "project" in document:
        faults.append(unknown_key("project", "remove it: cdktf.json sets the project's name"))
    if "keys" in document:
        faults.append(unknown_key("keys", "remove it"))
    faults += environment_faults(values)
    pinned, pin_faults = read_pins(pins) if pins is not None else (None, ())
    faults += (Fault(f"{name}{SUFFIX}: {fault.message}", fault.fix) for fault in pin_faults)
    if faults:
        raise ConfigurationError(fault.of("environment", name) for fault in faults)
    values["keys"] = frozenset(_dotted(settings))
    environment: Environment = _built(Environment, values, "")
    return environment if pinned is None else _with_pins(environment, pinned.of(environment.registry))


def _with_pins(environment: Environment, pins: Mapping[str, ImagePin]) -> Environment:
    twice = sorted(environment.images.keys() & pins.keys())
    if twice:
        raise ConfigurationError(
            Fault(
                f"image {image!r} is in [images] and pinned in {environment.name}{SUFFIX}", "remove one of the two"
            ).of("environment", environment.name)
            for image in twice
        )
    digests = {image: pin.digest for image, pin in pins.items()}
    return dataclasses.replace(environment, images={**environment.images, **digests})


def _read(declaration: type, table: Mapping[str, object], path: str, values: dict[str, Any]) -> Iterator[Fault]:
    """Add the values of the right type of one table to `values`, by dotted key.

    Yield the faults of the other values.
    """
    declared = field_types(declaration)
    defaults = {field.name: _default(field) for field in dataclasses.fields(declaration)}
    for key in table:
        if key not in declared:
            fix = suggestion(key, declared.keys() - _NOT_IN_FILES, label="keys", taken=table)
            yield unknown_key(f"{path}{key}", fix)
    for key, annotation in declared.items():
        if key in table:
            yield from _read_value(f"{path}{key}", annotation, table[key], values)
        elif defaults[key] is not dataclasses.MISSING:
            values[f"{path}{key}"] = defaults[key]
            if dataclasses.is_dataclass(annotation):
                yield from _read_value(f"{path}{key}", annotation, {}, values)
        elif dataclasses.is_dataclass(annotation) or annotation == Mapping[str, str]:
            yield Fault(
                f"missing table [{path}{key}]", f"add the table to the environment's file{_keys_of(annotation)}"
            )
        else:
            yield Fault(f"missing key '{path}{key}'", "add the key to the environment's file")


def _keys_of(annotation: Any) -> str:
    """Return the end of a sentence about a missing table: the keys that it needs."""
    if not dataclasses.is_dataclass(annotation):
        return ""
    needed = [field.name for field in dataclasses.fields(annotation) if _default(field) is dataclasses.MISSING]
    return f", with its keys: {', '.join(needed)}"


def _dotted(table: Mapping[str, object], path: str = "") -> Iterator[str]:
    """Yield every key of a document and of its tables: "tasks", "tasks.desired_count"."""
    for key, value in table.items():
        yield f"{path}{key}"
        if isinstance(value, Mapping):
            yield from _dotted(value, f"{path}{key}.")


def _default(field: dataclasses.Field[Any]) -> Any:
    factory = field.default_factory
    return factory() if factory is not dataclasses.MISSING else field.default


def _read_value(key: str, annotation: Any, value: object, values: dict[str, Any]) -> Iterator[Fault]:
    declaration, table = _declaration_of_each(annotation), _declaration_of_table(annotation)
    if table is not None:
        if isinstance(value, Mapping):
            values[key] = table
            yield from _read(table, value, f"{key}.", values)
        else:
            yield Fault(f"{key} {shown(value)} is not a table", f"write it as a table: [{key}]")
    elif declaration is not None:
        yield from _read_tables(key, declaration, value, values)
    else:
        yield from _read_plain(key, annotation, value, values)


def _read_tables(key: str, declaration: type, value: object, values: dict[str, Any]) -> Iterator[Fault]:
    if not isinstance(value, Mapping):
        yield Fault(f"{key} {shown(value)} is not a table", f"write a table for each: [{key}.NAME]")
        return
    values[key] = tuple(value)
    for name, table in value.items():
        yield from _read_value(f"{key}.{name}", declaration, table, values)


def _read_plain(key: str, annotation: Any, value: object, values: dict[str, Any]) -> Iterator[Fault]:
    if any(get_origin(each) is tuple for each in (annotation, *get_args(annotation))):
        if not isinstance(value, list):
            yield Fault(f"{key} {shown(value)} is not a list", "write a list, such as ['a', 'b']")
            return
        value = tuple(value)
    placeholders = list(_placeholders(key, value))
    faults = list(type_faults(key, annotation, value))
    if placeholders:
        yield from placeholders
    elif faults:
        yield from faults
    else:
        values[key] = value


def _declaration_of_each(annotation: Any) -> type | None:
    """Return the dataclass of the values of a table of tables; None for another annotation."""
    declaration = (get_args(annotation) or (None,))[-1]
    return declaration if isinstance(declaration, type) and dataclasses.is_dataclass(declaration) else None


def _declaration_of_table(annotation: Any) -> type | None:
    """Return the dataclass of a table, which may be optional (`Table | None`); None for another annotation."""
    optional = NoneType in get_args(annotation)
    declaration = get_args(annotation)[0] if optional else annotation
    return declaration if isinstance(declaration, type) and dataclasses.is_dataclass(declaration) else None


def _placeholders(key: str, value: object) -> Iterator[Fault]:
    if key.endswith(".variables"):  # the value of a variable may contain a word of PLACEHOLDERS
        return
    if isinstance(value, Mapping):
        for inner, item in value.items():
            yield from _placeholders(f"{key}.{inner}", item)
        return
    # The owner of a web ACL chooses its name, which may contain a word of PLACEHOLDERS.
    text = re.sub(r"(?<=/webacl/)[^/]*", "", str(value)) if key == "protection.web_acl_arn" else str(value)
    left = next((word for word in PLACEHOLDERS if word in text), None)
    if left is not None:
        yield Fault(f"{key} {value!r} still contains the placeholder {left}", "replace it with the real value")


def _built(declaration: type, values: Mapping[str, Any], path: str) -> Any:
    """Return the dataclass with the values under `path`."""
    return declaration(
        **{
            key: _built_value(annotation, values, f"{path}{key}")
            for key, annotation in field_types(declaration).items()
        }
    )


def _built_value(annotation: Any, values: Mapping[str, Any], key: str) -> Any:
    declaration, table = _declaration_of_each(annotation), _declaration_of_table(annotation)
    if table is not None:
        return _built(table, values, f"{key}.") if values[key] is not None else None
    if declaration is not None:
        return {name: _built(declaration, values, f"{key}.{name}.") for name in values[key]}
    return values[key]

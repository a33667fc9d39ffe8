"""A change of each argument in the planner's table alone, as resources of one configuration.

argument_values.toml -> a resource for each argument, before and after the change -> one plan shows all of them
"""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.planner.resource_types import resource_type

VALUES = Path(__file__).with_name("argument_values.toml")

Document = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedArgument:
    """A resource of which one argument changes."""

    type: str
    argument: str
    """Its path without indices, such as `setting.value`."""
    form: int
    """The number of its table among those of the type."""
    replaced: bool
    """True if another value forces a replacement."""
    before: Document
    after: Document

    @property
    def name(self) -> str:
        """The name of the resource."""
        return f"{self.argument.replace('.', '-')}-{self.form}"

    @property
    def address(self) -> str:
        """The address of the resource."""
        return f"{self.type}.{self.name}"

    @property
    def mark(self) -> str:
        """The argument with its type, as the table has it."""
        return f"{self.type}.{self.argument}"


@functools.cache
def changed_arguments() -> tuple[ChangedArgument, ...]:
    """Return a change of each argument that has two values."""
    tables = tomllib.loads(VALUES.read_text(encoding="utf-8"))
    return tuple(
        change
        for type_, forms in tables.items()
        for number, form in enumerate(forms, 1)
        for change in _changes(type_, number, form)
    )


def resources_before() -> Document:
    """Return the resources before the change, as a configuration has them."""
    return _resources({each.address: each.before for each in changed_arguments()})


def resources_after() -> Document:
    """Return the resources after the change, as a configuration has them."""
    return _resources({each.address: each.after for each in changed_arguments()})


def _changes(type_: str, number: int, form: Mapping[str, Any]) -> Iterator[ChangedArgument]:
    values = {argument: value for argument, value in form.items() if argument != "replaced"}
    forces = resource_type(type_).forces
    for argument, value in values.items():
        if isinstance(value, list):
            yield ChangedArgument(
                type=type_,
                argument=argument,
                form=number,
                replaced=form.get("replaced", False) or argument in forces,
                before=_body(values),
                after=_body(values | {argument: value[::-1]}),
            )


def _body(values: Mapping[str, Any]) -> Document:
    """Return the arguments of a resource: the first value of each pair."""
    body: Document = {}
    for path, value in values.items():
        *blocks, name = path.split(".")
        inner = functools.reduce(lambda outer, block: outer.setdefault(block, {}), blocks, body)
        inner[name] = value[0] if isinstance(value, list) else value
    return body


def _resources(bodies: Mapping[str, Document]) -> Document:
    resources: Document = {}
    for address, body in bodies.items():
        type_, name = address.split(".")
        resources.setdefault(type_, {})[name] = body
    return resources


def path_of(argument: str, replace_paths: Sequence[Sequence[str | int]]) -> bool:
    """Return True if one of the paths that force a replacement is the argument, or a block that contains it."""
    found = {".".join(part for part in path if isinstance(part, str)) for path in replace_paths}
    return any(argument == path or argument.startswith(f"{path}.") for path in found)

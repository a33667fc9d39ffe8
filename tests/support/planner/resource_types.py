"""The table of resource types: which arguments force a replacement, and which attributes AWS assigns."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("resource_types.toml")


class UnknownToThePlanner(Exception):  # noqa: N818 - it names what is missing
    """A resource type or an argument without an entry in the table."""


class Block(dict[str, Any]):
    """The arguments of a block, with the values of those that the configuration leaves out."""

    def completed(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments with those that are left out; a block that is left out is an empty list."""
        complete = {name: [] if isinstance(inner, Block) else inner for name, inner in self.items()} | dict(arguments)
        for name, inner in self.items():
            if isinstance(inner, Block) and isinstance(complete[name], list):
                complete[name] = [inner.completed(each) for each in complete[name]]
        return complete


@dataclass(frozen=True, kw_only=True)
class ResourceType:
    """One type; arguments are paths without indices, such as `dns_config.namespace_id`."""

    name: str
    assigned: Mapping[str, Any]
    source: str = ""
    forces: frozenset[str] = frozenset()
    updates: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()
    unset: Mapping[str, Any] = field(default_factory=dict)
    tagged: bool = True

    @functools.cached_property
    def shape(self) -> Block:
        """The arguments of the type, with the values of those that the configuration leaves out."""
        shape = Block({"tags": None} if self.tagged and self.source else {})
        for path in sorted(self.forces | self.updates | self.unset.keys()):
            *blocks, name = path.split(".")
            inner = shape
            for block in blocks:
                inner = inner.setdefault(block, Block())
            inner[name] = self.unset.get(path)
        return shape

    def forces_replacement(self, argument: str) -> bool:
        """Return True if another value of the argument forces a replacement. Raise an error if it is not known."""
        if argument in self.forces:
            return True
        if argument in self.updates or argument.split(".")[0] in self.updates | _ALWAYS_UPDATED:
            return False
        message = f"{self.name}: argument {argument!r} is not in {TABLE.name}; look it up in its source and add it"
        raise UnknownToThePlanner(message)


_ALWAYS_UPDATED = frozenset({"tags", "tags_all", "timeouts"})


def resource_type(name: str) -> ResourceType:
    """Return the type of managed resources. Raise an error if the table does not have it."""
    return _entry(name, _table())


def data_source_type(name: str) -> ResourceType:
    """Return the type of data sources. Raise an error if the table does not have it."""
    return _entry(name, _table()["data"])


def managed_types() -> tuple[ResourceType, ...]:
    """Return every type of managed resources in the table."""
    return tuple(resource_type(name) for name in _table() if name != "data")


@functools.cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads(TABLE.read_text(encoding="utf-8"))


@functools.cache
def _read(name: str, data: bool) -> ResourceType:
    fields = (_table()["data"] if data else _table())[name]
    sets = {key: frozenset(fields.get(key, ())) for key in ("forces", "updates", "kept")}
    return ResourceType(name=name, **{**fields, **sets})


def _entry(name: str, among: Mapping[str, Any]) -> ResourceType:
    if name not in among:
        raise UnknownToThePlanner(f"type {name!r} is not in {TABLE.name}; add it with its source")
    return _read(name, among is not _table())

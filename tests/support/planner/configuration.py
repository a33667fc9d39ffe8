"""A synthesized document as Terraform's configuration: its resources, and which one depends on which."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.support.planner.expressions import references
from tests.support.planner.resource_types import data_source_type, resource_type

_META_ARGUMENTS = frozenset({"//", "depends_on", "lifecycle", "provider"})
_MAPS = frozenset({"input", "tags", "timeouts"})
"""Arguments that are maps; every other object is a nested block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One resource or data source of a configuration."""

    address: str
    mode: str
    """'managed' or 'data'."""
    type: str
    name: str
    arguments: Mapping[str, Any]
    """Its arguments with each nested block in a list, as a plan has them."""
    depends_on: tuple[str, ...]
    """The addresses in its `depends_on`."""
    dependencies: frozenset[str]
    """Every address that its arguments, its conditions and its `depends_on` refer to."""
    creates_first: bool
    triggers: tuple[str, ...]
    """The addresses in its `replace_triggered_by`."""
    ignored: tuple[str, ...]
    provider: str
    """The key of its provider's configuration."""


class Configuration:
    """The configuration in the text of a `cdk.tf.json`."""

    def __init__(self, text: str) -> None:
        document: Mapping[str, Any] = json.loads(text)
        self.resources: Mapping[str, Resource] = {
            resource.address: resource
            for mode, key in (("managed", "resource"), ("data", "data"))
            for type_, bodies in document.get(key, {}).items()
            for resource in (_resource(mode, type_, name, body) for name, body in bodies.items())
        }
        self.moved: Sequence[tuple[str, str]] = [(each["from"], each["to"]) for each in document.get("moved", [])]
        self.outputs: Mapping[str, Any] = {name: each["value"] for name, each in document.get("output", {}).items()}
        self.providers: Sequence[Mapping[str, Any]] = document["provider"]["aws"]

    @functools.cached_property
    def dependencies(self) -> Mapping[str, frozenset[str]]:
        """Every address that a resource depends on, directly or not, by its address."""
        found: dict[str, frozenset[str]] = {}
        for address in self.resources:
            self._collect(address, found)
        return found

    def _collect(self, address: str, found: dict[str, frozenset[str]]) -> frozenset[str]:
        if address not in found:
            direct = self.resources[address].dependencies & self.resources.keys()
            found[address] = direct.union(*(self._collect(each, found) for each in direct))
        return found[address]

    @functools.cached_property
    def created_first(self) -> frozenset[str]:
        """The resources that are created before they are destroyed: Terraform forces it on all that one depends on.

        https://developer.hashicorp.com/terraform/language/meta-arguments/lifecycle#create_before_destroy
        """
        own = {address for address, each in self.resources.items() if each.creates_first}
        return frozenset(own.union(*(self.dependencies[address] for address in own)))


def _resource(mode: str, type_: str, name: str, body: Mapping[str, Any]) -> Resource:
    lifecycle = body.get("lifecycle", {})
    arguments = {key: _blocks(key, value) for key, value in body.items() if key not in _META_ARGUMENTS}
    _require_known(mode, type_, arguments)
    depends_on, triggers = tuple(body.get("depends_on", ())), tuple(lifecycle.get("replace_triggered_by", ()))
    found = {each for each in references([arguments, lifecycle]) if each.count(".") == (2 if "data." in each else 1)}
    return Resource(
        address=f"{'data.' if mode == 'data' else ''}{type_}.{name}",
        mode=mode,
        type=type_,
        name=name,
        arguments=arguments,
        depends_on=depends_on,
        dependencies=frozenset(found.union(depends_on, triggers)),
        creates_first=lifecycle.get("create_before_destroy") is True,
        triggers=triggers,
        ignored=tuple(lifecycle.get("ignore_changes", ())),
        provider=body.get("provider", "aws"),
    )


def _require_known(mode: str, type_: str, arguments: Mapping[str, Any]) -> None:
    """Raise an error for a type or an argument that the table does not have."""
    known = (data_source_type if mode == "data" else resource_type)(type_)
    for path in _paths(arguments) if mode == "managed" else ():
        known.forces_replacement(path)


def _paths(value: Any, path: str = "") -> Iterator[str]:
    """Yield the path of each argument that is not a block, without indices."""
    if isinstance(value, Mapping):
        for key, each in value.items():
            yield from _paths(each, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and any(isinstance(each, Mapping) for each in value):
        for each in value:
            yield from _paths(each, path)
    else:
        yield path


def _blocks(name: str, value: Any) -> Any:
    """Return an argument with each nested block in a list."""
    if name in _MAPS:
        return value
    if isinstance(value, Mapping):
        return [dict(_nested(value))]
    if isinstance(value, list) and any(isinstance(each, Mapping) for each in value):
        return [dict(_nested(each)) for each in value]
    return value


def _nested(block: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in block.items():
        yield key, _blocks(key, value)

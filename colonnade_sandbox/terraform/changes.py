"""The changes of a plan in a few lines: planned changes by group -> the attributes that differ in the JSON. Pure.

The plan decides which resources are listed. Their attributes are compared in the synthesized JSON of before and after,
which needs no other run of Terraform.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from colonnade_sandbox.terraform.events import PlannedChange
from colonnade_sandbox.terraform.resource_kinds import group

_MOST_RESOURCES, _MOST_ATTRIBUTES, _MOST_CHARACTERS = 12, 6, 60
_NOTES = ("//", "lifecycle", "depends_on")
"""Keys of a resource that AWS does not see."""


def change_lines(changes: Sequence[PlannedChange], before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """Return a line for each changed resource, by group, and one for each of its attributes that differs.

    `before` and `after` are the documents of cdk.tf.json that were applied last and that the plan is of.
    """
    ordered = sorted(changes, key=lambda each: (group(each.address), each.address))
    lines = [line for change in ordered[:_MOST_RESOURCES] for line in _resource(change, before, after)]
    more = len(ordered) - _MOST_RESOURCES
    return [*lines, f"  and {more} more"] if more > 0 else lines


def _resource(change: PlannedChange, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    yield f"  {group(change.address)}: {change.action} {change.address}"
    if change.action not in ("update", "replace"):
        return
    old, new = _declared(before, change.address), _declared(after, change.address)
    found = [
        f"{path} {_shown(one)} -> {_shown(other)}"
        for name in sorted({*old, *new} - {*_NOTES})
        for path, one, other in _differences(name, old.get(name), new.get(name))
    ]
    yield from (f"      {each}" for each in found[:_MOST_ATTRIBUTES])
    if len(found) > _MOST_ATTRIBUTES:
        yield f"      and {len(found) - _MOST_ATTRIBUTES} more attributes"


def _declared(document: Mapping[str, Any], address: str) -> Mapping[str, Any]:
    """Return the resource at an address; a resource of a Terraform file is not in the JSON and has no attributes."""
    kind, _, name = address.partition(".")
    found: Mapping[str, Any] = document.get("resource", {}).get(kind, {}).get(name.partition("[")[0], {})
    return found


def _differences(path: str, before: Any, after: Any) -> Iterator[tuple[str, Any, Any]]:
    """Yield each differing value with its path; a string of JSON, such as container definitions, is opened."""
    before, after = _opened(before), _opened(after)
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        for key in sorted({*before, *after}):
            yield from _differences(f"{path}.{key}", before.get(key), after.get(key))
    elif before != after:
        yield path, before, after


def _opened(value: Any) -> Any:
    """Return a list of named objects as a mapping by name, a list of one object as the object."""
    if isinstance(value, str) and value[:1] in ("[", "{"):
        try:
            value = json.loads(value)
        except ValueError:
            return value
    if isinstance(value, list) and value and all(isinstance(each, Mapping) for each in value):
        if all("name" in each for each in value):
            return {str(each["name"]): each.get("value", each) for each in value}
        return value[0] if len(value) == 1 else value
    return value


def _shown(value: Any) -> str:
    text = json.dumps(value) if value is not None else "nothing"
    return text if len(text) <= _MOST_CHARACTERS else f"{text[: _MOST_CHARACTERS - 4]} ..."

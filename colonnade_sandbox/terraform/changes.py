"""The changes of a saved plan in a few lines: `terraform show -json` -> resources by group -> attributes. Pure.

Format: https://developer.hashicorp.com/terraform/internals/json-format#change-representation
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from colonnade_sandbox.terraform.resource_kinds import group

_MOST_RESOURCES, _MOST_ATTRIBUTES, _MOST_CHARACTERS = 12, 6, 60
_DERIVED = ("tags_all",)
_ACTIONS = {("create",): "create", ("update",): "change", ("delete",): "destroy"}


def change_lines(plan: Mapping[str, Any]) -> list[str]:
    """Return a line for each resource that the plan changes, by group, and one for each attribute that changes."""
    changes = [each for each in plan.get("resource_changes", []) if _action(each) is not None]
    changes.sort(key=lambda each: (group(each["address"]), each["address"]))
    lines = [line for change in changes[:_MOST_RESOURCES] for line in _resource(change)]
    more = len(changes) - _MOST_RESOURCES
    return [*lines, f"  and {more} more"] if more > 0 else lines


def _action(change: Mapping[str, Any]) -> str | None:
    """Return the action on a managed resource, or None if nothing is done."""
    actions = tuple(change["change"]["actions"])
    if change["mode"] != "managed" or actions in (("no-op",), ("read",)):
        return None
    return _ACTIONS.get(actions, "replace")


def _resource(change: Mapping[str, Any]) -> Iterator[str]:
    action = _action(change)
    yield f"  {group(change['address'])}: {action} {change['address']}"
    if action not in ("change", "replace"):
        return
    found = list(_attributes(change["change"]))
    yield from (f"      {each}" for each in found[:_MOST_ATTRIBUTES])
    if len(found) > _MOST_ATTRIBUTES:
        yield f"      and {len(found) - _MOST_ATTRIBUTES} more attributes"


def _attributes(change: Mapping[str, Any]) -> Iterator[str]:
    before, after, unknown = change["before"], change["after"], change.get("after_unknown", {})
    sensitive = {*_marked(change.get("before_sensitive")), *_marked(change.get("after_sensitive"))}
    for name in sorted({*before, *after} - {*_DERIVED, *_marked(unknown)}):
        if name in sensitive and before.get(name) != after.get(name):
            yield f"{name} changes (sensitive)"
        elif name not in sensitive:
            yield from (
                f"{path} {_shown(old)} -> {_shown(new)}"
                for path, old, new in _differences(name, before.get(name), after.get(name))
            )


def _marked(marks: object) -> list[str]:
    return [name for name, marked in marks.items() if marked] if isinstance(marks, Mapping) else []


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

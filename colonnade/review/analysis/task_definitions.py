"""The differences between two revisions of a task definition.

Environment variables and secrets are compared, but only their names are kept, as the values may be secret.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from colonnade.review.plan.document import Action, Change
from colonnade.review.plan.resource_index import template
from colonnade.review.plan.values import UNKNOWN, blocks, is_known

TYPE = "aws_ecs_task_definition"
_TASK_ARGUMENTS = (
    "cpu",
    "memory",
    "execution_role_arn",
    "task_role_arn",
    "network_mode",
    "family",
    "volume",
    "ephemeral_storage",
)
_NAMED_LISTS = {"environment": "value", "secrets": "valueFrom"}
_COMPARED_SEPARATELY = frozenset({"name", "image", "portMappings", *_NAMED_LISTS})


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueDifference:
    """An argument of the task or of a container whose value changes."""

    container: str | None = None
    """The container's name if the task has several; None for a single container, and for the task itself."""
    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class NamesDifference:
    """Environment variables or secrets that change, by name; their values are hidden."""

    container: str | None = None
    field: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherDifference:
    """A difference whose values are hidden, unknown or too long to show."""

    container: str | None = None
    field: str | None = None
    """None for the whole container."""
    what: str
    """The difference in words: added, removed, changed, (sensitive) or (known after apply)."""


RevisionDifference = ValueDifference | NamesDifference | OtherDifference


def is_revision(change: Change) -> bool:
    """Return whether a replacement only adds a revision: with `skip_destroy` the former revision stays registered."""
    before = change.before or {}
    return change.type == TYPE and change.action is Action.REPLACE and before.get("skip_destroy") is True


def containers(change: Change, *, after: bool) -> list[Mapping[str, Any]]:
    """Return the containers on one side of the plan; empty if they cannot be read."""
    text = (change.side(after=after) or {}).get("container_definitions")
    if after and text is UNKNOWN:
        text = template(change, "container_definitions")
    try:
        found = json.loads(text) if isinstance(text, str) else []
    except ValueError:
        return []
    return blocks(found)


def container_ports(container: Mapping[str, Any]) -> list[str]:
    """Return the ports that a container listens on."""
    return sorted(str(each.get("containerPort")) for each in blocks(container.get("portMappings")))


def architecture(values: Mapping[str, Any]) -> str:
    """Return ARM64 or X86_64; the default of ECS is X86_64."""
    platforms = blocks(values.get("runtime_platform"))
    return str((platforms[0].get("cpu_architecture") if platforms else None) or "X86_64")


def revision_differences(change: Change) -> tuple[RevisionDifference, ...]:
    """Return every difference between two revisions."""
    before, after = change.before or {}, change.after or {}
    found: list[RevisionDifference] = [
        ValueDifference(field=name, before=before.get(name), after=after.get(name))
        for name in _TASK_ARGUMENTS
        if _differ(before.get(name), after.get(name)) and after.get(name) is not UNKNOWN
    ]
    if architecture(before) != architecture(after):
        found.append(ValueDifference(field="architecture", before=architecture(before), after=architecture(after)))
    return (*found, *_container_differences(change))


def _differ(before: Any, after: Any) -> bool:
    return before != after and not (before in (None, "", []) and after in (None, "", []))


def _container_differences(change: Change) -> Iterator[RevisionDifference]:
    sides = [(change.side(after=after) or {}).get("container_definitions") for after in (False, True)]
    if sides[0] == sides[1]:
        return
    if not is_known(sides[0]):
        yield OtherDifference(field="container definitions", what="(sensitive)")
        return
    old, new = ({str(each.get("name")): each for each in containers(change, after=after)} for after in (False, True))
    if not new:
        yield OtherDifference(field="container definitions", what=repr(sides[1]))
        return
    several = len(old.keys() | new.keys()) > 1
    for name in [*old, *(name for name in new if name not in old)]:
        if name not in old or name not in new:
            yield OtherDifference(container=name if several else None, what="added" if name in new else "removed")
        else:
            yield from _of_container(old[name], new[name], name if several else None)


def _of_container(old: Mapping[str, Any], new: Mapping[str, Any], name: str | None) -> Iterator[RevisionDifference]:
    if old.get("image") != new.get("image"):
        yield ValueDifference(container=name, field="image", before=str(old.get("image")), after=str(new.get("image")))
    for field in _NAMED_LISTS:
        difference = _names(field, old, new, name)
        if difference is not None:
            yield difference
    ports = [container_ports(side) for side in (old, new)]
    if ports[0] != ports[1]:
        yield ValueDifference(container=name, field="port", before=ports[0], after=ports[1])
    for field in sorted(old.keys() | new.keys()):
        if field not in _COMPARED_SEPARATELY and _differ(old.get(field), new.get(field)):
            if all(isinstance(side.get(field), str | int | bool | None) for side in (old, new)):
                yield ValueDifference(container=name, field=field, before=old.get(field), after=new.get(field))
            else:
                yield OtherDifference(container=name, field=field, what="changed")


def _names(field: str, old: Mapping[str, Any], new: Mapping[str, Any], container: str | None) -> NamesDifference | None:
    before, after = (_named_values(side.get(field), _NAMED_LISTS[field]) for side in (old, new))
    if before == after:
        return None
    return NamesDifference(
        container=container,
        field=field,
        added=tuple(sorted(after.keys() - before.keys())),
        removed=tuple(sorted(before.keys() - after.keys())),
        changed=tuple(sorted(name for name in before.keys() & after.keys() if before[name] != after[name])),
    )


def _named_values(entries: Sequence[Any] | None, value: str) -> dict[str, Any]:
    return {str(each.get("name")): each.get(value) for each in blocks(entries)}

"""The differences between two revisions of a task definition.

Environment variables and secrets are compared, but only their names are kept, as the values may be secret.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from colonnade.review.analysis.attributes import Difference, differences
from colonnade.review.analysis.hidden_values import is_hidden
from colonnade.review.plan.document import Action, Change
from colonnade.review.plan.values import UNKNOWN, blocks, is_empty, is_known

TYPE = "aws_ecs_task_definition"
_NO_ARGUMENTS = frozenset(
    {"arn", "arn_without_revision", "container_definitions", "id", "revision", "tags", "tags_all"}
)
"""The attributes that every revision changes, and those that are compared separately."""
_PLATFORM = {"cpu_architecture": ("architecture", "X86_64"), "operating_system_family": ("operating system", "LINUX")}
"""The label and the default of each part of the platform.
https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_RuntimePlatform.html"""
_SHOWN_FIRST = ("cpu", "memory", "execution_role_arn", "task_role_arn", "network_mode", "family")
_NAMED_LISTS = {"environment": "value", "secrets": "valueFrom"}
_COMPARED_SEPARATELY = frozenset({"name", "image", "portMappings", *_NAMED_LISTS})
_MAY_HOLD_SECRETS = frozenset({"command", "entryPoint", "healthCheck", "logConfiguration", "firelensConfiguration"})
"""Fields whose values are not shown, because people write secrets into them."""


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
    """A difference whose values are hidden or unknown."""

    container: str | None = None
    field: str | None = None
    """None for the whole container."""
    what: str
    """The difference in words, such as added, removed, changed, (sensitive) or (known after apply)."""
    image: str | None = None
    """The image of a container that is added or removed."""


RevisionDifference = ValueDifference | NamesDifference | OtherDifference


def is_revision(change: Change) -> bool:
    """Return whether a replacement only adds a revision: with `skip_destroy` the former revision stays registered."""
    before = change.before or {}
    return change.type == TYPE and change.action is Action.REPLACE and before.get("skip_destroy") is True


def containers(change: Change, *, after: bool) -> list[Mapping[str, Any]]:
    """Return the containers on one side of the plan; empty if they cannot be read."""
    text = (change.side(after=after) or {}).get("container_definitions")
    if after and text is UNKNOWN:
        text = change.template("container_definitions")
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
    return _platform(values, "cpu_architecture")


def _platform(values: Mapping[str, Any], part: str) -> str:
    platforms = blocks(values.get("runtime_platform"))
    return str((platforms[0].get(part) if platforms else None) or _PLATFORM[part][1])


def revision_differences(change: Change) -> tuple[RevisionDifference, ...]:
    """Return every difference between two revisions."""
    before, after = change.before or {}, change.after or {}
    found: list[RevisionDifference] = []
    for each in sorted(differences(change), key=_rank):
        if each.path[0] == "runtime_platform" or each.path[0] in _NO_ARGUMENTS:
            continue
        if each.after is UNKNOWN:
            found.append(OtherDifference(field=each.name, what=repr(UNKNOWN)))
        else:
            found.append(ValueDifference(field=each.name, before=each.before, after=each.after))
    for part, (label, _) in _PLATFORM.items():
        old, new = _platform(before, part), _platform(after, part)
        if old != new:
            found.append(ValueDifference(field=label, before=old, after=new))
    return (*found, *_container_differences(change))


def _rank(difference: Difference) -> tuple[int, str]:
    name = difference.name
    return (_SHOWN_FIRST.index(name) if name in _SHOWN_FIRST else len(_SHOWN_FIRST), name)


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
        what = "changed, not readable" if is_known(sides[1]) else repr(sides[1])
        yield OtherDifference(field="container definitions", what=what)
        return
    several = len(old.keys() | new.keys()) > 1
    for name in [*old, *(name for name in new if name not in old)]:
        if name not in old or name not in new:
            what, only = ("added", new[name]) if name in new else ("removed", old[name])
            image = str(only["image"]) if "image" in only else None
            yield OtherDifference(container=name if several else None, what=what, image=image)
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
    elif len({json.dumps(_mappings(side), sort_keys=True) for side in (old, new)}) > 1:
        before, after = map(_mappings, (old, new))
        yield ValueDifference(container=name, field="portMappings", before=before, after=after)
    for field in sorted(old.keys() | new.keys()):
        if field not in _COMPARED_SEPARATELY and _differ(old.get(field), new.get(field)):
            if field in _MAY_HOLD_SECRETS or is_hidden(field):
                yield OtherDifference(container=name, field=field, what="changed")
            else:
                yield ValueDifference(container=name, field=field, before=old.get(field), after=new.get(field))


def _mappings(container: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the port mappings with the defaults of AWS, which the state has and the configuration may omit.

    https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PortMapping.html
    """
    return [
        {
            "protocol": "tcp",
            "hostPort": each.get("containerPort"),
            **{name: value for name, value in each.items() if not is_empty(value)},
        }
        for each in blocks(container.get("portMappings"))
    ]


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

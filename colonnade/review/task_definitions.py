"""What a new revision of a task definition changes, in words: 'image 1.0.0 → 1.1.0', 'environment + FOO'.

Values of environment variables are never told, only their names: they may be secrets.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from colonnade.review.directory import template
from colonnade.review.markdown import code
from colonnade.review.plan_document import Action, Change
from colonnade.review.values import UNKNOWN, blocks, is_known

TYPE = "aws_ecs_task_definition"
_TASK = {
    "cpu": "CPU units",
    "memory": "MiB",
    "execution_role_arn": "execution role",
    "task_role_arn": "task role",
    "network_mode": "network mode",
    "family": "family",
    "volume": "volumes",
    "ephemeral_storage": "ephemeral storage",
}
_DIGEST = re.compile(r"(sha256:[0-9a-f]{12})[0-9a-f]+")
_TOLD = frozenset({"name", "image", "environment", "secrets", "portMappings"})


def is_revision(change: Change) -> bool:
    """Whether a replacement only adds a revision: with `skip_destroy` the one that runs stays until it is left."""
    before = change.before or {}
    return change.type == TYPE and change.action is Action.REPLACE and before.get("skip_destroy") is True


def containers(change: Change, *, after: bool) -> list[Mapping[str, Any]]:
    """The containers on one side; none where they cannot be read."""
    text = (change.side(after=after) or {}).get("container_definitions")
    if after and text is UNKNOWN:
        text = template(change, "container_definitions")
    try:
        found = json.loads(text) if isinstance(text, str) else []
    except ValueError:
        return []
    return blocks(found)


def architecture(values: Mapping[str, Any]) -> str:
    """ARM64 or X86_64, which is what ECS takes where none is said."""
    platforms = blocks(values.get("runtime_platform"))
    return str((platforms[0].get("cpu_architecture") if platforms else None) or "X86_64")


def differences(change: Change) -> list[str]:
    """Every difference between two revisions, as Markdown; one line that says so where the containers are hidden."""
    before, after = change.before or {}, change.after or {}
    found = [
        f"{words} {code(before.get(name))} → {code(after.get(name))}"
        for name, words in _TASK.items()
        if _differ(before.get(name), after.get(name)) and after.get(name) is not UNKNOWN
    ]
    if architecture(before) != architecture(after):
        found.append(f"architecture {code(architecture(before))} → {code(architecture(after))}")
    return [*found, *_container_differences(change)]


def _differ(before: Any, after: Any) -> bool:
    return before != after and not (before in (None, "", []) and after in (None, "", []))


def _container_differences(change: Change) -> Iterator[str]:
    sides = [(change.side(after=after) or {}).get("container_definitions") for after in (False, True)]
    if sides[0] == sides[1]:
        return
    if not is_known(sides[0]):
        yield "container definitions (sensitive)"
        return
    old, new = ({str(each.get("name")): each for each in containers(change, after=after)} for after in (False, True))
    if not new:
        yield f"container definitions {sides[1]!r}"
        return
    for name in [*old, *(name for name in new if name not in old)]:
        start = "" if len(old.keys() | new.keys()) == 1 else f"container {code(name)}: "
        if name not in old or name not in new:
            yield f"{start}{'added' if name in new else 'removed'}"
        else:
            yield from (f"{start}{difference}" for difference in _of_container(old[name], new[name]))


def _of_container(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    if old.get("image") != new.get("image"):
        yield f"image {_images(str(old.get('image')), str(new.get('image')))}"
    for field in ("environment", "secrets"):
        names = _named(old.get(field), new.get(field), "value" if field == "environment" else "valueFrom")
        if names:
            yield f"{field} {names}"
    ports = [container_ports(side) for side in (old, new)]
    if ports[0] != ports[1]:
        yield f"port {_listed(ports[0])} → {_listed(ports[1])}"
    for field in sorted(old.keys() | new.keys()):
        if field not in _TOLD and _differ(old.get(field), new.get(field)):
            simple = all(isinstance(side.get(field), str | int | bool | None) for side in (old, new))
            yield f"{field} {code(old.get(field))} → {code(new.get(field))}" if simple else f"{field} changed"


def container_ports(container: Mapping[str, Any]) -> list[str]:
    """The ports that a container listens on."""
    return sorted(str(each.get("containerPort")) for each in blocks(container.get("portMappings")))


def _images(old: str, new: str) -> str:
    """Only the tags, or the digests, where the repository is the same, else without the registry."""
    separator = "@" if "@" in old and "@" in new else ":"
    (repository, _, version), (other, _, other_version) = (image.rpartition(separator) for image in (old, new))
    if repository and repository == other:
        return f"{code(_short(version))} → {code(_short(other_version))}"
    return f"{code(short_image(old))} → {code(short_image(new))}"


def short_image(image: str) -> str:
    """What stands after the registry's host and path, a digest by its first digits."""
    return _short(image.rpartition("/")[2])


def _short(version: str) -> str:
    return _DIGEST.sub(r"\1…", version)


def _named(old: Any, new: Any, value: str) -> str:
    before, after = ({str(each.get("name")): each.get(value) for each in blocks(side)} for side in (old, new))
    added = [f"+ {code(name)}" for name in sorted(after.keys() - before.keys())]
    removed = [f"- {code(name)}" for name in sorted(before.keys() - after.keys())]
    changed = [f"{code(name)} changed" for name in sorted(before.keys() & after.keys()) if before[name] != after[name]]
    return ", ".join([*added, *removed, *changed])


def _listed(values: list[str]) -> str:
    return ", ".join(values) or "none"

"""Placeholders for unknown and sensitive values.

They are inserted when the plan is read, so that no later code prints a sensitive value by mistake. Code that only
judges a value reads it with `judged`, and reports it with the placeholder.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Fact = str | int | tuple["Fact", ...]
"""A part of what an approval binds: values of the plan, and no words of a report."""
_SALT = secrets.token_bytes(16)
"""Random in each process, because the digests are only compared within one process."""


class Unknown:
    """A value that is known after the apply; the only instance is `UNKNOWN`."""

    def __repr__(self) -> str:
        return "(known after apply)"


UNKNOWN = Unknown()


@dataclass(frozen=True, slots=True)
class Sensitive:
    """A value that Terraform marks as sensitive.

    Two placeholders are equal if and only if the hidden values are equal.
    """

    digest: str
    reveal: Callable[[], Any] = field(compare=False)
    """The function that returns the hidden value, for `judged` alone."""

    def __repr__(self) -> str:
        return "(sensitive)"


def redact(value: Any, *, sensitive: Any, unknown: Any = False) -> Any:
    """Return `value` with placeholders for its unknown and sensitive parts.

    `sensitive` and `unknown` are the plan's marks: true for a whole value, or a structure like that of the value.
    """
    if sensitive is True:
        if unknown is True:
            return UNKNOWN
        text = json.dumps(value, sort_keys=True, default=str)
        return Sensitive(hashlib.blake2b(text.encode(), key=_SALT).hexdigest(), lambda: value)
    if unknown is True:
        return UNKNOWN
    if isinstance(value, dict) or isinstance(unknown, dict):
        return _redact_object(value if value is not None else {}, sensitive, unknown)
    if isinstance(value, list):
        return [
            redact(item, sensitive=_item(sensitive, index), unknown=_item(unknown, index))
            for index, item in enumerate(value)
        ]
    return value


def judged(value: Any) -> Any:
    """Return the value with its sensitive parts revealed. The result is for a judgement and is never shown."""
    if isinstance(value, Sensitive):
        return value.reveal()
    if isinstance(value, Mapping):
        return {name: judged(each) for name, each in value.items()}
    return [judged(each) for each in value] if isinstance(value, list) else value


def within(value: Any, path: Sequence[str]) -> list[Any]:
    """Return the values at a path through blocks; of a list, its items. Empty values are left out."""
    if isinstance(value, list):
        return [found for each in value for found in within(each, path)]
    if not is_known(value) or not path:
        return [] if value is None or value in ("", []) else [value]
    return within(value.get(path[0]), path[1:]) if isinstance(value, Mapping) else []


def _redact_object(value: Any, sensitive: Any, unknown: Any) -> Any:
    if not isinstance(value, dict):
        return value
    # The plan omits an unknown argument from the value itself.
    names = [
        *value,
        *(name for name in _names(unknown) if name not in value and _item(unknown, name) not in (False, {}, [])),
    ]
    return {
        name: redact(value.get(name), sensitive=_item(sensitive, name), unknown=_item(unknown, name)) for name in names
    }


def _names(marks: Any) -> Iterable[str]:
    return marks if isinstance(marks, dict) else ()


def _item(marks: Any, key: str | int) -> Any:
    """Return the marks of one part of a value. The plan omits marks that are false."""
    if isinstance(marks, dict):
        return marks.get(str(key), False)
    if isinstance(marks, list) and isinstance(key, int) and key < len(marks):
        return marks[key]
    return False


def is_empty(value: Any) -> bool:
    """Return whether the value means "not set" to Terraform: null, an empty string, list or block."""
    return value is None or value in ("", [], {})


def is_known(value: Any) -> bool:
    """Return whether the value is neither unknown nor sensitive."""
    return not isinstance(value, Unknown | Sensitive)


def blocks(value: Any) -> list[Mapping[str, Any]]:
    """Return the known blocks of a list; empty if the list itself is unknown."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []

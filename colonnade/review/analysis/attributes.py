"""The attributes of a resource that change: name, old and new value, and whether they force a replacement.

Tags, values that AWS computes and defaults of the provider are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from colonnade.review.analysis.hidden_values import is_secret_pair
from colonnade.review.plan.document import Action, Change
from colonnade.review.plan.values import UNKNOWN, is_empty, is_known

_TAGS = frozenset({"tags", "tags_all"})
_NOT_AWS = frozenset({"timeouts"})
_DEFAULTS: Mapping[tuple[str, ...], tuple[str, ...]] = {("type",): ("ECS",)}
"""Values that AWS returns for an argument without a configuration: the deployment controller of an ECS service."""

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One value that differs."""

    path: Path
    before: Any
    after: Any
    replaces: bool
    """True if it forces the replacement of the resource."""

    @property
    def name(self) -> str:
        """The names of the attribute and its blocks, joined by dots, without indices."""
        return ".".join(str(key) for key in self.path if not isinstance(key, int))


def differences(change: Change) -> tuple[Difference, ...]:
    """Return every value that the configuration changes, those that force a replacement first."""
    if change.before is None or change.after is None:
        return ()
    causes = {_names(path) for path in change.replace_paths}
    found = [
        Difference(path=path, before=old, after=new, replaces=_names(path) in causes or _names(path)[:1] in causes)
        for path, old, new in _leaves((), change.before, change.after)
        if path[0] not in _TAGS and path[0] not in _NOT_AWS and _is_intended(change, path, old, new)
    ]
    return tuple(sorted(found, key=lambda each: (not each.replaces, each.name)))


def _is_intended(change: Change, path: Path, old: Any, new: Any) -> bool:
    """Return True if the configuration sets the new value, or no longer sets the old one; False if a value is the
    provider's default or computed by AWS.

    A value that a replacement computes is unknown. So an empty value that was set has left the configuration.
    """
    declared = _is_declared(change.arguments, _names(path))
    if new is UNKNOWN:
        return declared
    return declared or change.action is not Action.REPLACE or not is_empty(new) or not _is_off(_names(path), old)


def _is_off(names: tuple[str, ...], value: Any) -> bool:
    """Return True for a value that the provider reads from AWS although no configuration sets it: off, or a default."""
    if isinstance(value, Mapping):
        return all(_is_off((*names, name), each) for name, each in value.items())
    if isinstance(value, list):
        return all(_is_off(names, each) for each in value)
    return is_empty(value) or value in (0, False) or value in _DEFAULTS.get(names[-1:], ())


def _is_declared(arguments: Any, names: tuple[str, ...]) -> bool:
    if not names:
        return True
    if isinstance(arguments, list):
        return any(_is_declared(block, names) for block in arguments)
    if not isinstance(arguments, Mapping) or names[0] not in arguments:
        return False
    # An expression sets the whole value, so all parts of the value come from the configuration.
    below = arguments[names[0]]
    is_expression = isinstance(below, Mapping) and ("references" in below or "constant_value" in below)
    return is_expression or _is_declared(below, names[1:])


def _names(path: Path) -> tuple[str, ...]:
    return tuple(key for key in path if isinstance(key, str))


def _leaves(path: Path, old: Any, new: Any) -> Iterator[tuple[Path, Any, Any]]:
    if _same(old, new):
        return
    if isinstance(old, Mapping) and isinstance(new, Mapping) and not (is_secret_pair(old) or is_secret_pair(new)):
        for key in sorted(old.keys() | new.keys()):
            yield from _leaves((*path, key), old.get(key), new.get(key))
    elif _are_blocks(old) and _are_blocks(new):
        yield from _block_leaves(path, old, new)
    else:
        yield path, old, new


def _block_leaves(path: Path, old: Sequence[Any], new: Sequence[Any]) -> Iterator[tuple[Path, Any, Any]]:
    """Yield what differs between two lists of blocks, without the blocks that both have."""
    gone = [block for block in old if block not in new]
    added = [(place, block) for place, block in enumerate(new) if block not in old]
    if len(gone) == len(added) > 0:
        for one, (place, other) in zip(gone, added, strict=True):
            yield from _leaves((*path, place), one, other)
    elif gone or added:
        yield path, gone, [block for _, block in added]
    else:
        yield path, old, new  # the order or the number of equal blocks


def _are_blocks(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, Mapping) for item in value)


def _same(old: Any, new: Any) -> bool:
    """Return whether two values are equal. Null, empty values and a provider's zero or false count as equal."""
    if old == new or (is_empty(old) and is_empty(new)):
        return True
    pair = [old, new]
    if None in pair:
        other = new if old is None else old
        return is_known(other) and other in (0, False)
    return False

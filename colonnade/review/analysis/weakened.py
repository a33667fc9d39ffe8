"""Arguments whose change takes protection away or exposes something: deletion protection, backups, encryption, logs,
authentication, public access.

`weakened.toml` is the table. Sensitive values are judged like others and not shown.
"""

from __future__ import annotations

import fnmatch
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from colonnade.review.analysis.findings import Finding, Kind
from colonnade.review.analysis.hidden_values import HIDDEN, is_hidden, masked
from colonnade.review.plan.document import Change
from colonnade.review.plan.values import UNKNOWN, is_empty, judged, within

_ON = (True, "true", "ACTIVE", "ON", "enabled", "Enabled", "ENABLED")
_SHOWN_LENGTH = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Weakened:
    """One argument, and the direction of a change that needs approval."""

    rule: str
    kind: Kind
    argument: tuple[str, ...]
    weaker: str
    values: tuple[Any, ...]
    created: bool
    types: re.Pattern[str]
    effect: str


def _table() -> tuple[Weakened, ...]:
    groups = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))["weakened"]
    return tuple(
        Weakened(
            rule=rule,
            kind=Kind(group["kind"]),
            argument=tuple(argument.split(".")),
            weaker=group["weaker"],
            values=tuple(group.get("values", ())),
            created=group.get("created", False),
            types=re.compile("|".join(map(fnmatch.translate, group.get("types", ["*"])))),
            effect=group["effect"],
        )
        for group in groups
        for rule in [group["rule"]]
        for argument in group["arguments"]
    )


WEAKENED: Sequence[Weakened] = _table()
"""The arguments, each in the direction that needs approval."""
_BY_NAME: Mapping[str, Sequence[Weakened]] = {
    name: [each for each in WEAKENED if each.argument[0] == name] for name in {each.argument[0] for each in WEAKENED}
}


def weakened(changes: Sequence[Change]) -> Iterator[Finding]:
    """Yield a finding for each argument that a change weakens, or that a created resource has."""
    for change in changes:
        names = (change.after or {}).keys() | (change.before or {}).keys() if change.remains else ()
        for name in sorted(names):
            for each in _BY_NAME.get(name, ()):
                reason = _reason(change, each) if each.types.match(change.type) else None
                if reason is not None:
                    yield Finding(address=change.address, rule=each.rule, reason=reason, kind=each.kind)


def _reason(change: Change, entry: Weakened) -> str | None:
    if change.before is None and not entry.created:
        return None
    shown = [within(change.side(after=after), entry.argument) for after in (False, True)]
    before, after = ([each for each in judged(side) if _is_set(each)] for side in shown)
    if UNKNOWN in after or not _DIRECTIONS[entry.weaker](before, after, entry.values):
        return None
    name = ".".join(entry.argument)
    old, new = (HIDDEN if side and any(map(is_hidden, entry.argument)) else _text(side) for side in shown)
    return f"sets {name} to {new}: {entry.effect}" if change.before is None else f"{name} {old} → {new}: {entry.effect}"


def _is_set(value: Any) -> bool:
    """Return False for an empty value, and for a block that only switches something off."""
    if isinstance(value, Mapping) and value:
        return value.get("enabled") is not False and any(not is_empty(each) for each in value.values())
    return not is_empty(value) or value == {}


def _text(values: Sequence[Any]) -> str:
    plain = [each for each in values if _is_set(each)]
    if any(isinstance(each, Mapping) for each in plain):
        return "1 block" if len(plain) == 1 else f"{len(plain)} blocks"
    text = ", ".join(str(each).lower() if isinstance(each, bool) else str(masked(each)) for each in plain)
    return (text if len(text) <= _SHOWN_LENGTH else f"{text[:_SHOWN_LENGTH]}…") or "none"


def _numbers(values: Sequence[Any]) -> list[float]:
    return [float(each) for each in values if isinstance(each, int | float) and not isinstance(each, bool)]


def _is_lowered(before: Sequence[Any], after: Sequence[Any], _: Sequence[Any]) -> bool:
    old, new = _numbers(before), _numbers(after)
    return bool(old and new) and min(new) < min(old)


def _is_shortened(before: Sequence[Any], after: Sequence[Any], _: Sequence[Any]) -> bool:
    old, new = ([each or float("inf") for each in _numbers(side)] for side in (before, after))
    return min(new, default=float("inf")) < min(old, default=float("inf"))


def _is_fewer(before: Sequence[Any], after: Sequence[Any], _: Sequence[Any]) -> bool:
    if all(isinstance(each, str) for each in (*before, *after)):
        return not set(before) <= set(after)
    return len(after) < len(before)


_DIRECTIONS: Mapping[str, Callable[[Sequence[Any], Sequence[Any], Sequence[Any]], bool]] = {
    "off": lambda before, after, _: any(each in _ON for each in before) and not any(each in _ON for each in after),
    "on": lambda before, after, _: any(each in _ON for each in after) and not any(each in _ON for each in before),
    "lowered": _is_lowered,
    "shortened": _is_shortened,
    "gone": lambda before, after, _: bool(before) and not after,
    "fewer": _is_fewer,
    "values": lambda before, after, values: any(each in values and each not in before for each in after),
}
"""The tests of the directions: the values before and after, and the values of the entry -> whether it is weaker."""

"""The conditions of a listener rule: path patterns, and all others with their values.

The values of a header condition are compared but not shown, because a header often holds a secret that only a CDN knows:
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/restrict-access-to-load-balancer.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from colonnade.review.analysis.hidden_values import masked
from colonnade.review.plan.values import Sensitive, blocks, is_known, redact

UNKNOWN_CONDITION = "unknown condition"
_PATH = "path_pattern"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A condition of a rule, other than its path patterns."""

    type: str
    """The name of its block, such as host_header."""
    values: str = ""
    """The values that may be shown."""
    hidden: Sensitive | None = None
    """A placeholder for the values that are only compared."""

    def __str__(self) -> str:
        return f"{self.type} {self.values}".rstrip()


def conditions(value: Any) -> tuple[tuple[str, ...], tuple[Condition, ...]]:
    """Return the path patterns and the other conditions of a rule's blocks."""
    patterns: set[str] = set()
    others: set[Condition] = set()
    if not isinstance(value, list):
        others.add(Condition(type=UNKNOWN_CONDITION))
    for block in blocks(value):
        for type_, tests in block.items():
            if not is_known(tests):
                others.add(Condition(type=UNKNOWN_CONDITION))
            for test in blocks(tests):
                values = test.get("values")
                known = isinstance(values, list) and all(isinstance(each, str) for each in values)
                if type_ != _PATH:
                    others.add(_condition(type_, test))
                elif known and values:
                    patterns |= set(values)
                elif not test.get("regex_values"):
                    others.add(Condition(type=UNKNOWN_CONDITION))
                if type_ == _PATH and test.get("regex_values"):
                    others.add(Condition(type=_PATH, values=_shown(test["regex_values"])))
    return tuple(sorted(patterns)), tuple(sorted(others, key=str))


def _condition(type_: str, test: Mapping[str, Any]) -> Condition:
    if type_ == "http_header":
        hidden = redact([test.get("values"), test.get("regex_values")], sensitive=True)
        return Condition(type=type_, values=_shown(test.get("http_header_name")), hidden=hidden)
    if type_ == "query_string":
        key, value = test.get("key"), masked(test).get("value")
        values = f"{_shown(key)}={_shown(value)}" if key else _shown(value)
        return Condition(type=type_, values=values, hidden=redact(test.get("value"), sensitive=True))
    return Condition(type=type_, values=" or ".join(_texts(test)))


def _texts(test: Mapping[str, Any]) -> Iterator[str]:
    yield from (_shown(test[name]) for name in sorted(test) if test[name])


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return " or ".join(sorted(map(_shown, value)))
    return value if isinstance(value, str) else repr(value)

"""The conditions of a listener rule: path patterns, and all others with their values.

The values of a header condition are compared but not shown, because a header often holds the secret of a CDN:
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/restrict-access-to-load-balancer.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from colonnade.review.analysis.hidden_values import masked
from colonnade.review.plan.values import Sensitive, blocks, is_known, redact

UNKNOWN_CONDITION = "unknown condition"
_PATH = "path_pattern"
_OF_ANY_PATH = frozenset({"host_header", "http_header", "http_request_method", "query_string", "source_ip"})
"""The types that do not depend on the path. Any other type may be a later one of AWS."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """A condition of a rule, other than its path patterns."""

    type: str
    """The name of its block, such as host_header."""
    values: tuple[str, ...] = ()
    """The values that may be shown, sorted."""
    hidden: Sensitive | None = None
    """A placeholder for the values that are only compared."""

    def __str__(self) -> str:
        return f"{self.type} {' or '.join(self.values)}".rstrip()


def conditions(value: Any) -> tuple[tuple[str, ...], tuple[Condition, ...]]:
    """Return the path patterns and the other conditions of a rule's blocks."""
    patterns: set[str] = set()
    others: set[Condition] = set() if isinstance(value, list) else {Condition(type=UNKNOWN_CONDITION)}
    for type_, test in _tests(value):
        values, expressions = test.get("values"), test.get("regex_values")
        if not type_:
            others.add(Condition(type=UNKNOWN_CONDITION))
        elif type_ != _PATH:
            others.add(_condition(type_, test))
        elif expressions:
            others.add(Condition(type=_PATH, values=(f"regular expression {_shown(expressions)}",)))
        elif isinstance(values, list) and values and all(isinstance(each, str) for each in values):
            patterns |= set(values)
        else:
            others.add(Condition(type=UNKNOWN_CONDITION))
    return tuple(sorted(patterns)), tuple(sorted(others, key=str))


def unpatterned(found: Sequence[Condition]) -> str:
    """Return the words for the paths of a rule that has these conditions and no path pattern."""
    types = {each.type for each in found} - _OF_ANY_PATH
    if not types:
        return "of any kind"
    return "of a regular expression" if types == {_PATH} else "not known before the apply"


def _tests(value: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the type and the block of each condition; an empty type for one that is not known."""
    for block in blocks(value):
        for type_, tests in block.items():
            yield from ((type_, test) for test in blocks(tests))
            if not is_known(tests):
                yield "", {}


def _condition(type_: str, test: Mapping[str, Any]) -> Condition:
    if type_ == "http_header":
        hidden = redact([test.get("values"), test.get("regex_values")], sensitive=True)
        return Condition(type=type_, values=(_shown(test.get("http_header_name")),), hidden=hidden)
    if type_ == "query_string":
        key, value = test.get("key"), masked(test).get("value")
        values = f"{_shown(key)}={_shown(value)}" if key else _shown(value)
        return Condition(type=type_, values=(values,), hidden=redact(test.get("value"), sensitive=True))
    return Condition(type=type_, values=tuple(_texts(test)))


def _texts(test: Mapping[str, Any]) -> Iterator[str]:
    for value in (test[name] for name in sorted(test) if test[name]):
        yield from sorted(map(_shown, value)) if isinstance(value, list) else [_shown(value)]


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return " or ".join(sorted(map(_shown, value)))
    return value if isinstance(value, str) else repr(value)

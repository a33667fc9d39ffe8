"""Sample requests, and the listener rules that match them.

Each condition of each rule has a sample: a request that matches all conditions of its rule. So each rule
has a request that is followed through the apply.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-condition-types.html
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from colonnade.model.routing.path_pattern import matches_any
from colonnade.review.plan.values import Sensitive, blocks

_MOST_HOSTS = 4
_FOLLOWED = ("path_pattern", "host_header", "http_request_method", "source_ip", "http_header", "query_string")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request; an empty field matches no condition on it."""

    path: str = "/"
    host: str = ""
    method: str = "GET"
    source: str = ""
    headers: tuple[tuple[str, Any], ...] = ()
    query: tuple[tuple[Any, Any], ...] = ()

    @property
    def words(self) -> str:
        """The request as a report names it: its host if a rule depends on that, and its path."""
        path = self.path.removesuffix("/x") or "/"
        return f"requests to {self.host}{path}"


@dataclass(frozen=True, slots=True)
class Test:
    """One condition of a rule."""

    type: str
    block: Mapping[str, Any]
    values: tuple[str, ...]
    """The patterns of which one must match."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """The conditions of a rule on one side of the plan; without any, it matches every request."""

    tests: tuple[Test, ...] = ()
    complete: bool = True
    """False if a condition is not known, or of a kind that is not followed, such as a regular expression."""

    def matches(self, request: Request) -> bool:
        """Return True if the request fulfils every condition that is known."""
        return all(_fulfils(each, request) for each in self.tests)

    def samples(self) -> Iterator[Request]:
        """Yield a request for each path, and for the first few hosts."""
        base = Request()
        for each in self.tests:
            base = _fulfilling(each, base)
        paths = [_plain(each) for each in self._values("path_pattern")] or [base.path]
        for path in paths:
            hosts = [_plain(each) for each in self._values("host_header")] or [base.host]
            yield from (replace(base, path=path, host=host) for host in islice(hosts, _MOST_HOSTS))

    def _values(self, type_: str) -> list[str]:
        return [value for each in self.tests if each.type == type_ for value in each.values]


def conditions(value: Any) -> Conditions:
    """Return the conditions in the value of a rule's blocks; those that are not followed match every request."""
    declared = [
        (type_, test) for block in blocks(value) for type_, found in block.items() for test in _tests(type_, found)
    ]
    followed = tuple(Test(type_, test, _strings(test)) for type_, test in declared if _is_followed(type_, test))
    whole = isinstance(value, list) and all(isinstance(each, Mapping) for each in value)
    return Conditions(followed, complete=whole and len(followed) == len(declared))


def _tests(type_: str, value: Any) -> list[Mapping[str, Any]]:
    """Return the tests of one type; an empty one for a value that the plan does not show.

    Of several blocks for the query string, one has to match.
    """
    if not isinstance(value, list) and value is not None:
        return [{}]
    found = blocks(value)
    return [{"pairs": found}] if found and type_ == "query_string" else found


def _is_followed(type_: str, test: Mapping[str, Any]) -> bool:
    values = test.get("values")
    if type_ not in _FOLLOWED or not test or test.get("regex_values"):
        return False
    if type_ == "query_string":
        return all(isinstance(each.get("value"), str | Sensitive) for each in test["pairs"])
    if type_ == "http_header" and isinstance(values, Sensitive):
        return True
    return isinstance(values, list) and bool(values) and all(isinstance(each, str) for each in values)


def _strings(test: Mapping[str, Any]) -> tuple[str, ...]:
    values = test.get("values")
    return tuple(each for each in values if isinstance(each, str)) if isinstance(values, list) else ()


def _fulfilling(test: Test, request: Request) -> Request:
    """Return the request with a value that fulfils one more condition."""
    if test.type == "query_string":
        return replace(request, query=(*request.query, _pair(test.block["pairs"][0])))
    if test.type == "http_header":
        value = _plain(test.values[0]) if test.values else test.block.get("values")
        return replace(request, headers=(*request.headers, (_header(test), value)))
    first = test.values[0]
    if test.type == "source_ip":
        return replace(request, source=first.partition("/")[0])
    if test.type == "http_request_method":
        return replace(request, method=first)
    plain = _plain(first)
    return replace(request, path=plain) if test.type == "path_pattern" else replace(request, host=plain)


def _fulfils(test: Test, request: Request) -> bool:
    if test.type == "path_pattern":
        return matches_any(test.values, request.path)
    if test.type == "host_header":
        return _is_any(test.values, request.host)
    if test.type == "http_request_method":
        return request.method in test.values
    if test.type == "source_ip":
        return any(_is_within(request.source, each) for each in test.values)
    if test.type == "query_string":
        return any(_pair(each) in request.query for each in test.block["pairs"])
    own = dict(request.headers).get(_header(test))
    return own == test.block.get("values") or (isinstance(own, str) and _is_any(test.values, own))


def _header(test: Test) -> str:
    return str(test.block.get("http_header_name")).lower()


def _pair(block: Mapping[str, Any]) -> tuple[Any, Any]:
    return block.get("key") or "", block.get("value")


def _is_any(patterns: tuple[str, ...], value: str) -> bool:
    """Return True if one of the patterns matches the value; hosts and headers are compared without case."""
    return matches_any(tuple(each.lower() for each in patterns), value.lower())


def _is_within(source: str, block: str) -> bool:
    try:
        return ipaddress.ip_address(source) in ipaddress.ip_network(block, strict=False)
    except ValueError:
        return False


def _plain(pattern: str) -> str:
    """Return a string that the pattern matches."""
    return pattern.replace("*", "x").replace("?", "x")

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

from colonnade.model.routing.path_pattern import matches, matches_any
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
class Conditions:
    """The conditions of a rule on one side of the plan; without any, it matches every request."""

    tests: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    complete: bool = True
    """False if a condition is not known, or of a kind that is not followed, such as a regular expression."""

    def matches(self, request: Request) -> bool:
        """Return True if the request fulfils every condition that is known."""
        return all(_fulfils(type_, test, request) for type_, test in self.tests)

    def samples(self) -> Iterator[Request]:
        """Yield a request for each path, and for the first few hosts."""
        base = Request()
        for type_, test in self.tests:
            base = _fulfilling(type_, test, base)
        paths = [_plain(each) for each in self._values("path_pattern")] or [base.path]
        for path in paths:
            hosts = [_plain(each) for each in self._values("host_header")] or [base.host]
            yield from (replace(base, path=path, host=host) for host in islice(hosts, _MOST_HOSTS))

    def _values(self, type_: str) -> list[str]:
        return [each for own, test in self.tests if own == type_ for each in _strings(test)]


def conditions(value: Any) -> Conditions:
    """Return the conditions in the value of a rule's blocks; those that are not followed match every request."""
    declared = [
        (type_, test) for block in blocks(value) for type_, found in block.items() for test in _tests(type_, found)
    ]
    followed = tuple((type_, test) for type_, test in declared if _is_followed(type_, test))
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


def _strings(test: Mapping[str, Any]) -> list[str]:
    values = test.get("values")
    return [each for each in values if isinstance(each, str)] if isinstance(values, list) else []


def _fulfilling(type_: str, test: Mapping[str, Any], request: Request) -> Request:
    """Return the request with a value that fulfils one more condition."""
    values = _strings(test)
    if type_ == "query_string":
        return replace(request, query=(*request.query, _pair(test["pairs"][0])))
    if type_ == "http_header":
        value = _plain(values[0]) if values else test.get("values")
        return replace(request, headers=(*request.headers, (str(test.get("http_header_name")).lower(), value)))
    if not values:
        return request
    if type_ == "source_ip":
        return replace(request, source=values[0].partition("/")[0])
    if type_ == "http_request_method":
        return replace(request, method=values[0])
    plain = _plain(values[0])
    return replace(request, path=plain) if type_ == "path_pattern" else replace(request, host=plain)


def _fulfils(type_: str, test: Mapping[str, Any], request: Request) -> bool:
    if type_ == "path_pattern":
        return matches_any(tuple(test["values"]), request.path)
    values = _strings(test)
    if type_ == "query_string":
        return any(_pair(each) in request.query for each in test["pairs"])
    if type_ == "http_header":
        own = dict(request.headers).get(str(test.get("http_header_name")).lower())
        hidden = own is not None and own == test.get("values")
        return hidden or (isinstance(own, str) and any(_same(each, own) for each in values))
    if type_ == "source_ip":
        return any(_is_within(request.source, each) for each in values)
    if type_ == "http_request_method":
        return request.method in values
    return any(_same(each, request.host) for each in values)


def _pair(block: Mapping[str, Any]) -> tuple[Any, Any]:
    return block.get("key") or "", block.get("value")


def _same(pattern: str, value: str) -> bool:
    return matches(pattern.lower(), value.lower())


def _is_within(source: str, block: str) -> bool:
    try:
        return ipaddress.ip_address(source) in ipaddress.ip_network(block, strict=False)
    except ValueError:
        return False


def _plain(pattern: str) -> str:
    """Return a string that the pattern matches."""
    return pattern.replace("*", "x").replace("?", "x")

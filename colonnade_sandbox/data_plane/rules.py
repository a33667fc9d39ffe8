"""The listener rule for a request: the first by priority whose conditions match, otherwise the default rule."""

from __future__ import annotations

from collections.abc import Iterable

from colonnade_sandbox.control_plane.snapshot import Condition, ListenerRule
from colonnade_sandbox.control_plane.wildcards import host_matches, path_matches


def first_matching(rules: Iterable[ListenerRule], *, host: str, path: str) -> ListenerRule:
    """Return the first rule whose conditions all match.

    `rules` are in order of priority. The last is the default rule, which always matches. `host` is the Host header
    without its port, `path` the path as sent, without the query.
    """
    return next(rule for rule in rules if all(_matches(condition, host, path) for condition in rule.conditions))


def _matches(condition: Condition, host: str, path: str) -> bool:
    if condition.field == "host-header":
        return any(host_matches(value, host) for value in condition.values)
    return any(path_matches(value, path) for value in condition.values)

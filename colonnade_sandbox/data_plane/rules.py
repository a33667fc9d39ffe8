"""The listener rule that answers a request: the first by priority whose conditions hold, else the default rule."""

from __future__ import annotations

from collections.abc import Iterable

from colonnade_sandbox.control_plane.snapshot import Condition, ListenerRule
from colonnade_sandbox.data_plane.path_matcher import host_matches, path_matches


def first_matching(rules: Iterable[ListenerRule], *, host: str, path: str) -> ListenerRule:
    """The first rule whose every condition holds; `rules` come by priority with the default rule, which always holds,
    last.

    `host` is the Host header without its port, `path` the path as sent, without the query.
    """
    return next(rule for rule in rules if all(_holds(condition, host, path) for condition in rule.conditions))


def _holds(condition: Condition, host: str, path: str) -> bool:
    if condition.field == "host-header":
        return any(host_matches(value, host) for value in condition.values)
    return any(path_matches(value, path) for value in condition.values)

"""The rules of one listener as data, and which of them takes a request.

The rule with the lowest priority number whose conditions hold takes it; the default rule, which has neither priority
nor conditions, takes what is left. Pure.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from colonnade.model.routing import path_pattern
from colonnade.model.routing.pattern_mismatch import mismatch
from colonnade.model.routing.rule_action import RuleAction


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """Tells the client to ask again, for the same host, path and query."""

    protocol: str
    """'HTTP' or 'HTTPS'."""
    port: int
    status_code: int
    """301 or 302."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerRule:
    """What is done with the requests that fulfil its conditions, unless an earlier rule has taken them."""

    priority: int | None
    """1 to 50000, lowest first; None is the default rule, which comes last."""
    path_patterns: tuple[str, ...] = ()
    """The path matches one of them. Empty: any path does."""
    host_patterns: tuple[str, ...] = ()
    """The host name matches one of them. Empty: any host name does."""
    action: RuleAction | Redirect


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why patterns of one condition do not match."""

    patterns: tuple[str, ...]
    """Those that fail for this reason."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOver:
    """A rule that was asked and did not take the request."""

    rule: ListenerRule
    reasons: tuple[Reason, ...]
    """Why not: every pattern of the condition that failed, those that fail alike together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Which rule takes a request, and why those that were asked before it did not."""

    rule: ListenerRule
    passed_over: tuple[PassedOver, ...]


def in_order(rules: Iterable[ListenerRule]) -> tuple[ListenerRule, ...]:
    """The rules as they are asked: by priority, the default rule last."""
    return tuple(sorted(rules, key=lambda rule: (rule.priority is None, rule.priority)))


def decide(rules: Iterable[ListenerRule], *, host: str, path: str) -> Decision:
    """Who takes the request, of rules in any order with a default rule among them.

    `host` is the host name without its port, `path` the path as it is sent: without the query, and with the
    percent-encoding that the client gave it.
    """
    passed_over: list[PassedOver] = []
    for rule in in_order(rules):
        reasons = _unfulfilled(rule, host, path)
        if not reasons:
            return Decision(rule=rule, passed_over=tuple(passed_over))
        passed_over.append(PassedOver(rule=rule, reasons=reasons))
    raise ValueError("a listener's rules end with its default rule, and these have none")


def _unfulfilled(rule: ListenerRule, host: str, path: str) -> tuple[Reason, ...]:
    """Why the rule does not take the request; nothing where it does."""
    if rule.host_patterns and not any(_host_matches(pattern, host) for pattern in rule.host_patterns):
        return (Reason(patterns=rule.host_patterns, text=f"the host name is {host!r}"),)
    if rule.path_patterns and not any(path_pattern.matches(pattern, path) for pattern in rule.path_patterns):
        return _path_reasons(rule.path_patterns, path)
    return ()


def _path_reasons(patterns: Iterable[str], path: str) -> tuple[Reason, ...]:
    by_text: dict[str, tuple[str, ...]] = {}
    for pattern in patterns:
        text = mismatch(pattern, path)
        by_text[text] = (*by_text.get(text, ()), pattern)
    return tuple(Reason(patterns=alike, text=text) for text, alike in by_text.items())


def _host_matches(pattern: str, host: str) -> bool:
    """Like a path, but case does not count."""
    return path_pattern.matches(pattern.lower(), host.lower())

"""The rules of one listener as data, and the decision which rule a request matches.

Rules are evaluated from the lowest priority number up, and the first rule whose conditions are met applies. The default
rule has neither priority nor conditions and applies to all other requests. Pure.
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-rules.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from colonnade.model.routing import path_pattern
from colonnade.model.routing.pattern_mismatch import mismatch
from colonnade.model.routing.rule_action import OwnersAction, RuleAction


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """A redirect of the client to the same host, path and query."""

    protocol: str
    """'HTTP' or 'HTTPS'."""
    port: int
    status_code: int
    """301 or 302."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenerRule:
    """Conditions, and the action for requests that meet them and match no earlier rule."""

    priority: int | None
    """1 to 50000, lowest first; None for the default rule, which is evaluated last."""
    path_patterns: tuple[str, ...] = ()
    """The path must match one of these. Empty: any path."""
    host_patterns: tuple[str, ...] = ()
    """The host name must match one of these. Empty: any host name."""
    action: RuleAction | Redirect | OwnersAction


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """The common reason why one or more patterns of a condition do not match."""

    patterns: tuple[str, ...]
    """The patterns that fail for this reason."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PassedOver:
    """A rule that was evaluated before the matching one and did not match the request."""

    rule: ListenerRule
    reasons: tuple[Reason, ...]
    """The reasons of the condition that failed; patterns that fail for the same reason are grouped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The rule that a request matches, and the rules evaluated before it with their reasons."""

    rule: ListenerRule
    passed_over: tuple[PassedOver, ...]


def in_order(rules: Iterable[ListenerRule]) -> tuple[ListenerRule, ...]:
    """Return the rules in order of evaluation: by priority, the default rule last."""
    return tuple(sorted(rules, key=lambda rule: (rule.priority is None, rule.priority)))


def decide(rules: Iterable[ListenerRule], *, host: str, path: str) -> Decision:
    """Return the first rule that the request matches; `rules` may be in any order and must include a default rule.

    `host` is the host name without its port. `path` is the path as the client sends it: percent-encoded, without the
    query. Raises ValueError without a default rule.
    """
    passed_over: list[PassedOver] = []
    for rule in in_order(rules):
        reasons = _unfulfilled(rule, host, path)
        if not reasons:
            return Decision(rule=rule, passed_over=tuple(passed_over))
        passed_over.append(PassedOver(rule=rule, reasons=reasons))
    raise ValueError("the rules contain no default rule")


def _unfulfilled(rule: ListenerRule, host: str, path: str) -> tuple[Reason, ...]:
    """Return the reasons for which the rule does not match the request; empty if it matches."""
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
    return tuple(Reason(patterns=group, text=text) for text, group in by_text.items())


def _host_matches(pattern: str, host: str) -> bool:
    """Return True if the host name matches the pattern: as for paths, but case is ignored."""
    return path_pattern.matches(pattern.lower(), host.lower())

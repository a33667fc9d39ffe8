"""The listener rules on one side of a plan: their conditions and actions, as facts and in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from colonnade.model.routing.path_pattern import matches_any
from colonnade.review.analysis.rule_conditions import Condition, conditions
from colonnade.review.plan.addresses import parse
from colonnade.review.plan.document import Change
from colonnade.review.plan.listener_actions import Path, action_type, actions, forwarded
from colonnade.review.plan.resource_index import LISTENER_RULES, LISTENERS, SHARED, ResourceIndex, at
from colonnade.review.plan.values import UNKNOWN, Fact, blocks, is_known

NO_TARGET = "no target"
_FIXED = "fixed-response"
_UNKNOWN = "unknown"
_AUTHENTICATES = re.compile("authenticate|jwt")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Target:
    """A service, or another target group, with its share of the requests that match a rule."""

    name: str
    percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One listener rule, or a listener's default action, on one side of the plan."""

    address: str
    listener: str
    """The address of the listener, or its ARN if the listener is not in the plan."""
    priority: int | None
    """None for a default action, and for a priority that is not known yet."""
    patterns: tuple[str, ...]
    """Empty if the rule matches any path."""
    conditions: tuple[Condition, ...]
    """The rule's other conditions, such as host_header, with their values."""
    action: str
    """A description: the services with their shares, the fixed response, or the redirect."""
    answer: tuple[str | int, ...] = ()
    """The action without words: its type, and its targets with their shares or what else decides. Empty without an
    action."""
    authentication: tuple[str, ...] = ()
    """The types of the actions before it that authenticate."""
    targets: tuple[Target, ...] = ()
    """Empty for a fixed response, a redirect, and an action that is not known yet."""
    is_default: bool = False

    def matches(self, path: str) -> bool:
        """Return whether a path pattern of the rule matches the path."""
        return not self.patterns or matches_any(self.patterns, path)

    @property
    def sends_on(self) -> bool:
        """True unless the rule gives a fixed response, or none."""
        return bool(self.answer) and self.answer[0] != _FIXED

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The other conditions and the action, for an approval."""
        return tuple((each.type, *each.values) for each in self.conditions), self.answer, self.authentication


def rules(changes: Sequence[Change], index: ResourceIndex, *, after: bool) -> tuple[Rule, ...]:
    """Return every rule on one side of the plan, in order of evaluation."""
    found = [rule for change in changes if not change.deposed for rule in _rule(change, index, after=after)]
    return tuple(sorted(found, key=lambda rule: (rule.listener, rule.is_default, rule.priority or 0, rule.address)))


def _rule(change: Change, index: ResourceIndex, *, after: bool) -> Iterator[Rule]:
    values = change.side(after=after)
    if values is None:
        return
    if change.type in LISTENERS:
        action = _action(change, index, "default_action", after=after)
        yield Rule(
            address=change.address,
            listener=change.address,
            priority=None,
            patterns=(),
            conditions=(),
            action=action.words,
            answer=action.answer,
            targets=action.targets,
            authentication=action.authentication,
            is_default=True,
        )
    elif change.type in LISTENER_RULES:
        listener = index.referred(change, ("listener_arn",), after=after)
        priority = values.get("priority")
        patterns, others = conditions(values.get("condition"))
        action = _action(change, index, "action", after=after)
        yield Rule(
            address=change.address,
            listener=listener.address if listener is not None else str(values.get("listener_arn")),
            priority=priority if isinstance(priority, int) else None,
            patterns=patterns,
            conditions=others,
            action=f"{action.words}{rewriting(values.get('transform'))}",
            answer=action.answer,
            targets=action.targets,
            authentication=action.authentication,
        )


class _Action(NamedTuple):
    """The last action of a rule, with the authentication before it."""

    words: str
    answer: tuple[str | int, ...]
    targets: tuple[Target, ...] = ()
    authentication: tuple[str, ...] = ()


def _action(change: Change, index: ResourceIndex, argument: str, *, after: bool) -> _Action:
    found = actions(change, argument, after=after)
    if not found:
        whole = (change.side(after=after) or {}).get(argument)
        return _Action(repr(UNKNOWN), (_UNKNOWN,)) if whole is UNKNOWN else _Action(NO_TARGET, ())
    action = found[-1]
    targets: tuple[Target, ...] = ()
    answer: tuple[str | int, ...] = (_UNKNOWN,)
    type_ = action_type(action) if isinstance(action, Mapping) else None
    if type_ is None:
        described = repr(UNKNOWN)
    elif type_ in _DESCRIBED:
        block, deciding, describe = _DESCRIBED[type_]
        values = (blocks(action.get(block)) or [{}])[0]
        described, answer = describe(values), (type_, *(str(values.get(each)) for each in deciding))
    else:
        targets = _targets(change, index, forwarded(change, argument, after=after), after=after)
        described = _described(targets)
        answer = (type_, *(part for each in targets for part in (each.name, each.percent)))
    before = [str(action_type(each)) for each in blocks(list(found[:-1]))]
    return _Action(
        words=" after ".join([described, *reversed(before)]),
        answer=answer,
        targets=targets,
        authentication=tuple(each for each in before if _AUTHENTICATES.search(each)),
    )


def _described(targets: Sequence[Target]) -> str:
    if len(targets) < 2:
        return targets[0].name if targets else repr(UNKNOWN)
    return ", ".join(f"{target.name} {target.percent} %" for target in targets)


def _fixed_response(response: Mapping[str, Any]) -> str:
    return f"fixed response {response.get('status_code')}"


def _redirect(redirect: Mapping[str, Any]) -> str:
    """Return the parts of a redirect's URL that differ from those of the request."""
    parts = [f"redirect to {str(redirect.get('protocol')).lower()} {redirect.get('port')}"]
    for name, same in (("host", "#{host}"), ("path", "/#{path}"), ("query", "#{query}")):
        if redirect.get(name) not in (None, same):
            parts.append(f"{name} {redirect[name]}")
    return ", ".join(parts)


_DESCRIBED: Mapping[str, tuple[str, tuple[str, ...], Callable[[Mapping[str, Any]], str]]] = {
    _FIXED: ("fixed_response", ("status_code",), _fixed_response),
    "redirect": ("redirect", ("protocol", "port", "host", "path", "query"), _redirect),
}
"""The block, the arguments that decide and the description, by type of action."""


def _target(change: Change, index: ResourceIndex, path: tuple[str | int, ...], *, after: bool) -> str:
    group = index.referred(change, path, after=after)
    if group is None:
        arn = at(change.side(after=after), path)
        if isinstance(arn, str) and arn:
            return f"target group {arn.rpartition(':targetgroup/')[2]}"
        return f"a target group that is not {'in the plan' if is_known(arn) else 'known before the apply'}"
    service = index.service(group)
    return service if service != SHARED else parse(group.address).instance


def _targets(
    change: Change, index: ResourceIndex, groups: Sequence[tuple[Path, int]], *, after: bool
) -> tuple[Target, ...]:
    """Return the targets of a forward action, by name. A single target receives every request at any weight."""
    names = [_target(change, index, path, after=after) for path, _ in groups]
    if len(groups) == 1:
        return (Target(name=names[0], percent=100),)
    total = sum(weight for _, weight in groups)
    shares = (round(100 * weight / total) if total else 0 for _, weight in groups)
    return tuple(sorted(Target(name=name, percent=percent) for name, percent in zip(names, shares, strict=True)))


def rewriting(transforms: Any) -> str:
    """Return the words for what a rule rewrites in a request before its target receives it; empty if it is nothing.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/rule-transforms.html
    """
    if not is_known(transforms):
        return ", rewritten in a way that is not known before the apply"
    return "".join(f", {_rewritten(transform)}" for transform in blocks(transforms))


def _rewritten(transform: Mapping[str, Any]) -> str:
    for name, part in (("url_rewrite_config", "URL"), ("host_header_rewrite_config", "host")):
        for config in blocks(transform.get(name)):
            steps = [f"from {each.get('regex')} to {each.get('replace')}" for each in blocks(config.get("rewrite"))]
            return f"{part} rewritten {' and '.join(steps) or 'in a way that is not known before the apply'}"
    return f"rewritten by {transform.get('type')}"

"""The listener rules before and after the plan, and every path that changes owner.

The owner of a path is the target of the first rule, by priority, that matches it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from colonnade.model.routing.path_pattern import first_match, matches_any
from colonnade.review.analysis.rule_conditions import Condition, conditions
from colonnade.review.plan.addresses import parse
from colonnade.review.plan.document import Change
from colonnade.review.plan.listener_actions import Path, action_type, actions, forwarded
from colonnade.review.plan.resource_index import LISTENER_RULES, SHARED, ResourceIndex, at
from colonnade.review.plan.values import UNKNOWN, blocks, is_known

_LISTENERS = ("aws_lb_listener", "aws_alb_listener")
NO_TARGET = "no target"
_VARIED_WILDCARDS = 3
"""The number of wildcards after a pattern's first for which example paths are tried both with and without text."""


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
    targets: tuple[Target, ...] = ()
    """Empty for a fixed response, a redirect, and an action that is not known yet."""
    is_default: bool = False

    def matches(self, path: str) -> bool:
        """Return whether a path pattern of the rule matches the path."""
        return not self.patterns or matches_any(self.patterns, path)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerChange:
    """One path pattern whose paths change owner."""

    pattern: str
    example: str
    """A path that the pattern matches and whose owner changes."""
    before: str
    after: str
    shadowed_by: Rule | None
    """The rule that shadows the pattern after the plan: it is evaluated before the rule with the pattern.

    None if no rule has the pattern any more.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleChanges:
    """The rules on both sides of the plan, and the paths that change owner between them."""

    before: tuple[Rule, ...]
    after: tuple[Rule, ...]
    owners: tuple[OwnerChange, ...]


def rule_changes(changes: Sequence[Change], index: ResourceIndex) -> RuleChanges:
    """Compare the listener rules before and after the plan."""
    before, after = (rules(changes, index, after=side) for side in (False, True))
    return RuleChanges(before=before, after=after, owners=owner_changes(before, after))


def rules(changes: Sequence[Change], index: ResourceIndex, *, after: bool) -> tuple[Rule, ...]:
    """Return every rule on one side of the plan, in order of evaluation."""
    found = [rule for change in changes if not change.deposed for rule in _rule(change, index, after=after)]
    return tuple(sorted(found, key=lambda rule: (rule.listener, rule.is_default, rule.priority or 0, rule.address)))


def _rule(change: Change, index: ResourceIndex, *, after: bool) -> Iterator[Rule]:
    values = change.side(after=after)
    if values is None:
        return
    if change.type in _LISTENERS:
        action, targets = _action(change, index, "default_action", after=after)
        yield Rule(
            address=change.address,
            listener=change.address,
            priority=None,
            patterns=(),
            conditions=(),
            action=action,
            targets=targets,
            is_default=True,
        )
    elif change.type in LISTENER_RULES:
        listener = index.referred(change, ("listener_arn",), after=after)
        priority = values.get("priority")
        patterns, others = conditions(values.get("condition"))
        action, targets = _action(change, index, "action", after=after)
        yield Rule(
            address=change.address,
            listener=listener.address if listener is not None else str(values.get("listener_arn")),
            priority=priority if isinstance(priority, int) else None,
            patterns=patterns,
            conditions=others,
            action=f"{action}{rewriting(values.get('transform'))}",
            targets=targets,
        )


def _action(change: Change, index: ResourceIndex, argument: str, *, after: bool) -> tuple[str, tuple[Target, ...]]:
    """Return the description and the targets of the last action, with the authentication before it."""
    found = actions(change, argument, after=after)
    if not found:
        whole = (change.side(after=after) or {}).get(argument)
        return repr(whole) if whole is UNKNOWN else NO_TARGET, ()
    action = found[-1]
    targets: tuple[Target, ...] = ()
    type_ = action_type(action) if isinstance(action, Mapping) else None
    if type_ is None:
        described = repr(UNKNOWN)
    elif type_ in _DESCRIBED:
        block, describe = _DESCRIBED[type_]
        described = describe((blocks(action.get(block)) or [{}])[0])
    else:
        targets = _targets(change, index, forwarded(change, argument, after=after), after=after)
        described = _described(targets)
    before = [str(action_type(each)) for each in blocks(list(found[:-1]))]
    return " after ".join([described, *reversed(before)]), targets


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


_DESCRIBED: Mapping[str, tuple[str, Callable[[Mapping[str, Any]], str]]] = {
    "fixed-response": ("fixed_response", _fixed_response),
    "redirect": ("redirect", _redirect),
}


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


def owner(table: Sequence[Rule], path: str) -> tuple[str, Rule | None]:
    """Return the owner of a path on one listener, and its rule.

    An earlier rule may match the path but have other conditions too. The owner then also contains the action of that
    rule.
    """
    conditional: list[str] = []
    for rule in table:
        if not rule.matches(path):
            continue
        if not rule.conditions:
            return "; ".join([*conditional, rule.action]), rule
        conditional.append(f"{rule.action} (depends on {' and '.join(map(str, rule.conditions))})")
    return "; ".join([*conditional, NO_TARGET]), None


def _owners(table: Sequence[Rule]) -> Callable[[str], tuple[str, Rule | None]]:
    """Return the function `owner` of one table, which compares a path with all of its rules at once."""
    first = first_match([rule.patterns or ("*",) for rule in table])

    def find(path: str) -> tuple[str, Rule | None]:
        place = first(path)
        if place is None:
            return NO_TARGET, None
        rule = table[place]
        return owner(table[place:], path) if rule.conditions else (rule.action, rule)

    return find


def owner_changes(before: Sequence[Rule], after: Sequence[Rule]) -> tuple[OwnerChange, ...]:
    """Return every pattern with a path that changes owner, for listeners that exist on both sides."""
    listeners = sorted({rule.listener for rule in before} & {rule.listener for rule in after})
    return tuple(change for listener in listeners for change in _of_listener(listener, before, after))


def _of_listener(listener: str, before: Sequence[Rule], after: Sequence[Rule]) -> Iterator[OwnerChange]:
    old, new = ([rule for rule in side if rule.listener == listener] for side in (before, after))
    if old == new:
        return
    patterns = sorted({pattern for rule in (*old, *new) for pattern in rule.patterns})
    literals = literal_starts(patterns)
    examples = dict.fromkeys(path for pattern in patterns for path in example_paths(pattern, literals))
    owner_of_old, owner_of_new = _owners(old), _owners(new)
    # Of nested patterns, the narrowest is reported.
    narrowest_first = sorted(patterns, key=lambda each: (len(each.rstrip("*")), each), reverse=True)
    narrowest = first_match([(each,) for each in narrowest_first])
    found: dict[str, OwnerChange] = {}
    for path in examples:
        (owner_before, _), (owner_after, rule) = owner_of_old(path), owner_of_new(path)
        if owner_before == owner_after:
            continue
        pattern = narrowest_first[narrowest(path) or 0]
        if pattern not in found:
            still_declared = any(pattern in each.patterns for each in new)
            shadowing = rule if still_declared and rule is not None and pattern not in rule.patterns else None
            found[pattern] = OwnerChange(
                pattern=pattern, example=path, before=owner_before, after=owner_after, shadowed_by=shadowing
            )
    yield from (found[pattern] for pattern in sorted(found))


def literal_starts(patterns: Iterable[str]) -> frozenset[str]:
    """Return the characters of each pattern before its first `*`."""
    return frozenset(each.partition("*")[0] for each in patterns)


def example_paths(pattern: str, literals: Iterable[str]) -> tuple[str, ...]:
    """Return example paths that the pattern matches. Patterns that begin with `literals` match some of them too."""
    start, star, end = pattern.replace("?", "x").partition("*")
    if not star:
        return (start,)
    # A path that begins with `start` is matched only by patterns that begin in the same way.
    shared = {
        literal.replace("?", "x")
        for literal in literals
        if "?" in literal or start.startswith(literal) or literal.startswith(start)
    }
    fillers = {literal.removeprefix(start).removesuffix(end) for literal in shared if literal.startswith(start)}
    if end:
        # The wildcard may match a segment of another pattern: /*/stock matches /orders/stock.
        fillers |= {segment for literal in shared for segment in literal.split("/")}
    paths = [f"{start}{filler}{end}" for filler in ("x", "", "x/y", *sorted(fillers))]
    for _ in range(min(end.count("*"), _VARIED_WILDCARDS)):
        paths = [path.replace("*", filler, 1) for path in paths for filler in ("x", "")]
    return tuple(dict.fromkeys(path.replace("*", "x") for path in paths))


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

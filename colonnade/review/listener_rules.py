"""The rule table before and after, and every path that changes owner or loses it to another's rule.

A path's owner is whom the first rule by priority that takes it forwards to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from colonnade.model.routing.path_pattern import matches
from colonnade.review.directory import SHARED, Directory, at
from colonnade.review.plan_document import Change
from colonnade.review.values import UNKNOWN, blocks, is_known

_LISTENERS = ("aws_lb_listener", "aws_alb_listener")
_RULES = ("aws_lb_listener_rule", "aws_alb_listener_rule")
NOBODY = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One listener rule, or a listener's default action, on one side of the plan."""

    address: str
    listener: str
    """The address of its listener, or its ARN where the plan does not hold that."""
    priority: int | None
    """None for a default action, and for a priority that is not known yet."""
    patterns: tuple[str, ...]
    """Empty where it takes any path."""
    conditions: tuple[str, ...]
    """What else it asks of a request: kinds of conditions, such as host_header."""
    action: str
    """Whom it forwards to, with their shares, or what it answers."""
    is_default: bool = False

    def takes(self, path: str) -> bool:
        return not self.patterns or any(matches(pattern, path) for pattern in self.patterns)


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerChange:
    """One pattern whose paths go elsewhere than before."""

    pattern: str
    witness: str
    """A path of it that does."""
    before: str
    after: str
    swallowed_by: Rule | None
    """The rule that takes the paths although another rule still asks for this very pattern."""


def rules(changes: Sequence[Change], directory: Directory, *, after: bool) -> tuple[Rule, ...]:
    """Every rule on one side, in the order in which the load balancer asks them."""
    found = [rule for change in changes if not change.deposed for rule in _rule(change, directory, after=after)]
    return tuple(sorted(found, key=lambda rule: (rule.listener, rule.is_default, rule.priority or 0, rule.address)))


def _rule(change: Change, directory: Directory, *, after: bool) -> Iterator[Rule]:
    values = change.side(after=after)
    if values is None:
        return
    if change.type in _LISTENERS:
        action = _action(change, directory, "default_action", after=after)
        yield Rule(
            address=change.address,
            listener=change.address,
            priority=None,
            patterns=(),
            conditions=(),
            action=action,
            is_default=True,
        )
    elif change.type in _RULES:
        listener = directory.referred(change, ("listener_arn",), after=after)
        priority = values.get("priority")
        patterns, conditions = _conditions(values.get("condition"))
        yield Rule(
            address=change.address,
            listener=listener.address if listener is not None else str(values.get("listener_arn")),
            priority=priority if isinstance(priority, int) else None,
            patterns=patterns,
            conditions=conditions,
            action=_action(change, directory, "action", after=after),
        )


def _conditions(value: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Path patterns, and what else is asked; a condition that cannot be read may be anything, but is one."""
    tests = [test for block in blocks(value) for test in blocks(block.get("path_pattern"))]
    values = [test.get("values") for test in tests]
    patterns = {pattern for listed in values if isinstance(listed, list) for pattern in listed}
    others = {kind for block in blocks(value) for kind, test in block.items() if test and kind != "path_pattern"}
    if not (
        isinstance(value, list) and all(isinstance(listed, list) and all(map(is_known, listed)) for listed in values)
    ):
        others.add("condition that is not known")
    return tuple(sorted(each for each in patterns if isinstance(each, str))), tuple(sorted(others))


def _action(change: Change, directory: Directory, argument: str, *, after: bool) -> str:
    """The last action decides; those before it only authenticate."""
    actions = (change.side(after=after) or {}).get(argument)
    if not isinstance(actions, list) or not actions:
        return repr(actions) if actions is UNKNOWN else NOBODY
    place = len(actions) - 1
    action = actions[place]
    if not isinstance(action, Mapping):
        return repr(action)
    for kind, words in (("fixed_response", _fixed_response), ("redirect", _redirect)):
        if blocks(action.get(kind)):
            return words(blocks(action[kind])[0])
    if blocks(action.get("forward")):
        return _shares(change, directory, (argument, place, "forward", 0, "target_group"), after=after)
    return _target(change, directory, (argument, place, "target_group_arn"), after=after)


def _fixed_response(response: Mapping[str, Any]) -> str:
    return f"answers {response.get('status_code')}"


def _redirect(redirect: Mapping[str, Any]) -> str:
    return f"redirects to {str(redirect.get('protocol')).lower()} {redirect.get('port')}"


def _target(change: Change, directory: Directory, path: tuple[str | int, ...], *, after: bool) -> str:
    group = directory.referred(change, path, after=after)
    if group is None:
        return "a target group outside of the plan"
    service = directory.service(group)
    return service if service != SHARED else group.name


def _shares(change: Change, directory: Directory, path: tuple[str | int, ...], *, after: bool) -> str:
    groups = blocks(at(change.side(after=after), path))
    weights = [group["weight"] if isinstance(group.get("weight"), int) else 1 for group in groups]
    total = sum(weights)
    shares = [
        (_target(change, directory, (*path, place, "arn"), after=after), round(100 * weight / total) if total else 0)
        for place, weight in enumerate(weights)
    ]
    if len(shares) < 2:
        return shares[0][0] if shares else repr(UNKNOWN)
    return ", ".join(f"{name} {percent} %" for name, percent in sorted(shares))


def owner(table: Sequence[Rule], path: str) -> tuple[str, Rule | None]:
    """Whom a path of one listener goes to, and by which rule; a rule with further conditions may take it before."""
    perhaps: list[str] = []
    for rule in table:
        if not rule.takes(path):
            continue
        if not rule.conditions:
            return "; ".join([*perhaps, rule.action]), rule
        perhaps.append(f"{rule.action} by its {' and '.join(rule.conditions)}")
    return "; ".join([*perhaps, NOBODY]), None


def owner_changes(before: Sequence[Rule], after: Sequence[Rule]) -> tuple[OwnerChange, ...]:
    """Every pattern of which some path goes elsewhere; listeners that only one side has are not compared."""
    listeners = sorted({rule.listener for rule in before} & {rule.listener for rule in after})
    return tuple(change for listener in listeners for change in _of_listener(listener, before, after))


def _of_listener(listener: str, before: Sequence[Rule], after: Sequence[Rule]) -> Iterator[OwnerChange]:
    old, new = ([rule for rule in side if rule.listener == listener] for side in (before, after))
    if old == new:
        return
    patterns = sorted({pattern for rule in (*old, *new) for pattern in rule.patterns})
    found: dict[str, OwnerChange] = {}
    for path in dict.fromkeys(path for pattern in patterns for path in witnesses(pattern, patterns)):
        (owner_before, _), (owner_after, rule) = owner(old, path), owner(new, path)
        if owner_before == owner_after:
            continue
        # Of nested patterns the narrowest says best which paths are meant.
        taking = [each for each in patterns if matches(each, path)]
        pattern = max(taking, key=lambda each: (len(each.rstrip("*")), each))
        if pattern not in found:
            still_asked = any(pattern in each.patterns for each in new)
            swallowed = rule if still_asked and rule is not None and pattern not in rule.patterns else None
            found[pattern] = OwnerChange(
                pattern=pattern, witness=path, before=owner_before, after=owner_after, swallowed_by=swallowed
            )
    yield from (found[pattern] for pattern in sorted(found))


def witnesses(pattern: str, patterns: Sequence[str]) -> tuple[str, ...]:
    """Paths that the pattern takes, some of them such that others of `patterns` take them, too."""
    start, star, end = pattern.replace("?", "x").partition("*")
    if not star:
        return (start,)
    literals = {each.split("*")[0].replace("?", "x") for each in patterns}
    fillers = {literal.removeprefix(start).removesuffix(end) for literal in literals if literal.startswith(start)}
    if end:
        # What comes after the wildcard may be another's as well: /*/stock takes /orders/stock.
        fillers |= {segment for literal in literals for segment in literal.split("/")}
    paths = [f"{start}{filler}{end}" for filler in ("x", "", "x/y", *sorted(fillers))]
    while "*" in end:
        paths = [path.replace("*", filler, 1) for path in paths for filler in ("x", "")]
        end = end.replace("*", "", 1)
    return tuple(dict.fromkeys(paths))

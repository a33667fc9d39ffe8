"""The listener rules before and after the plan, and the paths that change owner, as Markdown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from colonnade.review.analysis.listener_rules import Rule
from colonnade.review.analysis.rule_changes import OwnerChange, RuleChanges
from colonnade.review.analysis.rule_conditions import UNKNOWN_CONDITION, unpatterned
from colonnade.review.markdown.text import code, plain, table


def shadow_lines(owners: Sequence[OwnerChange]) -> Iterator[str]:
    """Yield a warning for each pair of services in which a rule of one shadows paths of the other."""
    changes = [change for change in owners if change.shadowed_by is not None]
    for loser, winner in dict.fromkeys((change.before, change.after) for change in changes):
        own = [change for change in changes if (change.before, change.after) == (loser, winner)]
        rule = own[0].shadowed_by
        patterns = ", ".join(code(pattern) for pattern in rule.patterns) if rule is not None else ""
        lost = ", ".join(code(change.pattern) for change in own)
        yield (
            f"**Shadowed:** {lost} of {plain(loser)} by {plain(winner)}, whose rule for {patterns or 'any path'} is "
            f"evaluated first: {code(own[0].example)} now goes to {plain(winner)}"
        )


def rule_summary(rules: RuleChanges) -> Iterator[str]:
    """Yield one line for each rule that is added, removed or changed."""
    old, new = ({rule.address: rule for rule in side} for side in (rules.before, rules.after))
    lines = (_summary(old.get(address), new.get(address)) for address in sorted(old.keys() | new.keys()))
    yield from (line for line in lines if line is not None)


def _summary(old: Rule | None, new: Rule | None) -> str | None:
    if old is None and new is not None and not new.is_default:
        return f"Paths {_paths(new)} go to {plain(new.action)}, priority {_priority(new)}"
    if old is not None and new is None and not old.is_default:
        return f"Paths {_paths(old)} no longer go to {plain(old.action)}"
    if old is None or new is None:
        return None
    return _changed(old, new)


def _changed(old: Rule, new: Rule) -> str | None:
    if _meaning(old) == _meaning(new):
        return (
            f"Paths {_paths(new)}: priority {_priority(old)} → {_priority(new)}"
            if old.priority != new.priority
            else None
        )
    parts = []
    if old.patterns != new.patterns:
        parts.append(f"Paths of {plain(new.action)}: {_paths(old)} → {_paths(new)}")
    if old.conditions != new.conditions:
        parts.append(_changed_conditions(old, new))
    if old.action != new.action:
        parts.append(f"Paths {_paths(new)}: {plain(old.action)} → {plain(new.action)}")
    if old.listener != new.listener:
        parts.append(f"Paths {_paths(new)} move to another listener")
    return "; ".join(parts)


def _meaning(rule: Rule) -> tuple[object, ...]:
    """Return everything about a rule except its priority."""
    return rule.patterns, rule.conditions, rule.action, rule.listener


def _changed_conditions(old: Rule, new: Rule) -> str:
    before, after = (" and ".join(code(str(each)) for each in rule.conditions) or "none" for rule in (old, new))
    values = f"{before} → {after}" if before != after else f"{after} (another value, which is not shown)"
    return f"Condition of {plain(new.action)}: {values}"


def _paths(rule: Rule) -> str:
    if rule.is_default:
        return "that no rule matches"
    others = [code(str(each)) for each in rule.conditions if each.type != UNKNOWN_CONDITION]
    patterns = ", ".join(map(code, rule.patterns))
    return " with ".join([patterns or unpatterned(rule.conditions), *([" and ".join(others)] if others else [])])


def _priority(rule: Rule) -> str:
    return str(rule.priority) if rule.priority is not None else "known after apply"


def rule_lines(rules: RuleChanges, name: Callable[[str], str]) -> list[str]:
    """Return one table for each listener, with both sides in order of evaluation, then the paths that change owner.

    `name` returns the label of the listener at an address.
    """
    before, after, owners = rules.before, rules.after, rules.owners
    lines: list[str] = []
    for listener in dict.fromkeys(rule.listener for rule in (*after, *before)):
        old, new = ({rule.address: rule for rule in side if rule.listener == listener} for side in (before, after))
        if old != new:
            lines += [f"**{plain(name(listener))}**", "", *_table(old, new, {change.pattern for change in owners}), ""]
    if owners:
        lines += ["Paths that change owner:", ""]
        lines += [f"- {code(each.pattern)}: {plain(each.before)} → {plain(each.after)}" for each in owners]
    return lines


def _table(old: Mapping[str, Rule], new: Mapping[str, Rule], changed: set[str]) -> list[str]:
    pairs = [(old.get(address), new.get(address)) for address in dict.fromkeys([*new, *old])]
    pairs.sort(key=lambda pair: _place(pair[1] if pair[1] is not None else pair[0]))
    return table(("Priority", "Paths", "Before", "After", ""), [_row(one, other, changed) for one, other in pairs])


def _place(rule: Rule | None) -> tuple[bool, int]:
    return (rule is None or rule.is_default, rule.priority or 0 if rule is not None else 0)


def _row(old: Rule | None, new: Rule | None, changed: set[str]) -> list[str]:
    sides = [rule for rule in (old, new) if rule is not None]
    priorities = dict.fromkeys("default" if rule.is_default else _priority(rule) for rule in sides)
    marked = any(pattern in changed for rule in sides for pattern in rule.patterns)
    marked = marked or len({rule.action for rule in sides if rule.is_default}) > 1
    return [
        " → ".join(priorities),
        " → ".join(dict.fromkeys(_cell(rule) for rule in sides)),
        plain(old.action) if old is not None else "",
        plain(new.action) if new is not None else "",
        "**changes owner**" if marked else "",
    ]


def _cell(rule: Rule) -> str:
    conditions = f" and {' and '.join(map(str, rule.conditions))}" if rule.conditions else ""
    paths = ", ".join(code(pattern) for pattern in rule.patterns) or unpatterned(rule.conditions).replace(
        "of any kind", "any"
    )
    return f"{paths}{plain(conditions)}"

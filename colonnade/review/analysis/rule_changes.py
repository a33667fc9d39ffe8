"""The listener rules before and after the plan, and every path that changes owner.

The owner of a path is the target of the first rule, by priority, that matches it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from colonnade.model.routing.path_pattern import first_match
from colonnade.review.analysis.listener_rules import NO_TARGET, Rule, rules
from colonnade.review.plan.document import Change
from colonnade.review.plan.resource_index import ResourceIndex
from colonnade.review.plan.values import Fact

_VARIED_WILDCARDS = 3
"""The number of wildcards after a pattern's first for which example paths are tried both with and without text."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The rules that may take the requests for a path, in order of evaluation.

    Each one but the last has other conditions too, which not every request fulfils.
    """

    rules: tuple[Rule, ...]

    @property
    def rule(self) -> Rule | None:
        """The rule that takes every request that the others do not; None if there is none."""
        last = self.rules[-1] if self.rules else None
        return last if last is not None and not last.conditions else None

    @property
    def served(self) -> frozenset[str]:
        """The actions, without their conditions, that send requests on."""
        return frozenset(each.action for each in self.rules if each.sends_on)

    @property
    def authenticates(self) -> bool:
        """True if a rule authenticates its clients."""
        return any(each.authentication for each in self.rules)

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The rules in order, for an approval."""
        return tuple(each.facts for each in self.rules)

    def __str__(self) -> str:
        """Return the actions in order, each with the conditions that it depends on."""
        parts = [
            f"{each.action} (depends on {' and '.join(map(str, each.conditions))})" if each.conditions else each.action
            for each in self.rules
        ]
        return "; ".join(parts if self.rule is not None else [*parts, NO_TARGET])


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerChange:
    """One path pattern whose paths change owner."""

    pattern: str
    example: str
    """A path that the pattern matches and whose owner changes."""
    former: Owner
    current: Owner
    shadowed_by: Rule | None
    """The rule that shadows the pattern after the plan: it is evaluated before the rule with the pattern.

    None if no rule has the pattern any more.
    """

    @property
    def before(self) -> str:
        """The owner before the plan in words."""
        return str(self.former)

    @property
    def after(self) -> str:
        """The owner after the plan in words."""
        return str(self.current)

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The pattern and both owners, for an approval."""
        return self.pattern, self.former.facts, self.current.facts


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


def owner(table: Sequence[Rule], path: str) -> Owner:
    """Return the owner of a path on one listener."""
    found = []
    for rule in table:
        if rule.matches(path):
            found.append(rule)
            if not rule.conditions:
                break
    return Owner(tuple(found))


def _owners(table: Sequence[Rule]) -> Callable[[str], Owner]:
    """Return the function `owner` of one table, which compares a path with all of its rules at once."""
    first = first_match([rule.patterns or ("*",) for rule in table])

    def find(path: str) -> Owner:
        place = first(path)
        if place is None:
            return Owner(())
        return owner(table[place:], path) if table[place].conditions else Owner((table[place],))

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
        former, current = owner_of_old(path), owner_of_new(path)
        if str(former) == str(current):
            continue
        rule = current.rule
        pattern = narrowest_first[narrowest(path) or 0]
        if pattern not in found:
            still_declared = any(pattern in each.patterns for each in new)
            shadowing = rule if still_declared and rule is not None and pattern not in rule.patterns else None
            found[pattern] = OwnerChange(
                pattern=pattern, example=path, former=former, current=current, shadowed_by=shadowing
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

"""The priorities of one listener's rules on both sides of a plan, and the steps that change them one by one.

A changed `rule_priority` updates its rule in place. Terraform updates several rules in any order, so for a time a
listener may have any mixture of old and new priorities.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from colonnade.model import aws_limits
from colonnade.model.routing.path_pattern import matches
from colonnade.review.analysis.listener_rules import Rule
from colonnade.review.plan.values import UNKNOWN

_LEAST, _MOST = aws_limits.RULE_PRIORITIES


def by_listener(before: Sequence[Rule], after: Sequence[Rule]) -> Iterator[Priorities]:
    """Yield the priorities of each listener that the plan shows."""
    for listener in dict.fromkeys(rule.listener for rule in (*before, *after)):
        if listener != repr(UNKNOWN):
            old, new = (
                {each.address: each for each in side if each.listener == listener and each.priority is not None}
                for side in (before, after)
            )
            yield Priorities(old, new)


class Priorities:
    """The rules of one listener by address, before and after the plan."""

    def __init__(self, before: Mapping[str, Rule], after: Mapping[str, Rule]) -> None:
        self._rules = {**after, **before}
        self.before = {address: each.priority for address, each in before.items() if each.priority is not None}
        self.after = {address: each.priority for address, each in after.items() if each.priority is not None}
        self.moved = [each for each in before.keys() & after.keys() if self.before[each] != self.after[each]]
        self.moved.sort(key=self.before.__getitem__)

    def path(self, address: str) -> str:
        """Return the shortest path pattern of a rule, for a report."""
        return min(self._rules[address].patterns, key=len, default="any path")

    def also_given(self, address: str) -> str | None:
        """Return another rule that has the rule's new priority after the plan too; None without one."""
        wanted = self.after[address]
        others = [each for each, priority in self.after.items() if priority == wanted and each != address]
        return others[0] if others and self.before.get(address) != wanted else None

    def holder(self, address: str) -> str | None:
        """Return the rule that has the rule's new priority before the plan; None if it is free."""
        wanted = self.after[address]
        return next((each for each, priority in self.before.items() if priority == wanted), None)

    def steps(self, address: str) -> tuple[str, ...]:
        """Return the steps that give a rule its new priority, and all other moved rules theirs."""
        return self._one_by_one if address in self.before else self._through_a_free_one(address)

    def _through_a_free_one(self, address: str) -> tuple[str, ...]:
        wanted, used = self.after[address], {*self.before.values(), *self.after.values()}
        free = next((each for each in range(wanted, _MOST + 1) if each not in used), None)
        if free is None:
            return ()
        return (
            f"Give the new rule for {self.path(address)} a priority that no rule has, such as {free}. Apply.",
            f"Give it priority {wanted}. Apply.",
        )

    @cached_property
    def _one_by_one(self) -> tuple[str, ...]:
        """Return steps that change one priority each: to the rule's new priority if it is free and in order, else to a
        temporary one."""
        now, pending, steps = dict(self.before), list(self.moved), list[str]()
        for address in [each for each in now if each not in self.after]:
            del now[address]
            steps.append(
                f"Keep every rule_priority. Remove the service with path prefix {self.path(address)!r}. Apply."
            )
        while pending:
            place = self._next(pending, now)
            if place is None or len(steps) > 2 * len(self.before):
                return ()
            address, priority = place
            now[address] = priority
            steps.append(f"Set rule_priority={priority} of the service with path prefix {self.path(address)!r}. Apply.")
            pending = [each for each in pending if now[each] != self.after[each]]
        return tuple(steps)

    def _next(self, pending: Sequence[str], now: Mapping[str, int]) -> tuple[str, int] | None:
        """Return the next rule to change, with its priority in this step; None if no priority is free."""
        taken = set(now.values())
        for address in pending:
            if self.after[address] in self._in_order(address, now) and self.after[address] not in taken:
                return address, self.after[address]
        used = taken | set(self.after.values())
        return next(((each, free) for each in pending for free in self._in_order(each, now) if free not in used), None)

    def _in_order(self, address: str, now: Mapping[str, int]) -> range:
        """Return the priorities that are evaluated after the rules for parts of this rule's paths, and before the rules
        for more paths."""
        lowest = max((now[each] for each in self._inner[address] if each in now), default=_LEAST - 1) + 1
        highest = min((now[each] for each in self._outer[address] if each in now), default=_MOST + 1) - 1
        return range(lowest, highest + 1)

    @cached_property
    def _inner(self) -> Mapping[str, Sequence[str]]:
        """The rules for parts of the paths of each rule that moves."""
        return {each: [other for other in self.before if self._within(other, each)] for each in self.moved}

    @cached_property
    def _outer(self) -> Mapping[str, Sequence[str]]:
        """The rules for more paths than each rule that moves."""
        return {each: [other for other in self.before if self._within(each, other)] for each in self.moved}

    def _within(self, inner: str, outer: str) -> bool:
        """Return True if the outer rule matches paths of the inner rule and also matches other paths."""
        paths, patterns = self._rules[inner].patterns, self._rules[outer].patterns
        return paths != patterns and any(matches(pattern, path) for path in paths for pattern in patterns)

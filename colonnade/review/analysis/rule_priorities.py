"""The priorities of one listener's rules on both sides of a plan, and the steps that change them one by one.

A changed `rule_priority` updates its rule in place. Terraform updates several rules in any order, so for a time a
listener may have any mixture of old and new priorities.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain

from colonnade.model import aws_limits
from colonnade.model.routing.path_pattern import matches
from colonnade.review.analysis.listener_rules import Rule
from colonnade.review.plan.resource_index import is_declared
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
        self._found: dict[str, tuple[list[str], list[str]]] = {}
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
        """The steps that change one priority each: to the rule's new priority if it is free and in order, else to a
        temporary one."""
        now, pending, steps = dict(self.before), list(self.moved), list[str]()
        for address in [each for each in now if each not in self.after]:
            del now[address]
            kept, rule = (
                ("rule_priority", self._declaration(address)) if is_declared(address) else ("priority", address)
            )
            steps.append(f"Keep every {kept}. Remove {rule}. Apply.")
        while pending:
            place = self._next(pending, now)
            if place is None or len(steps) > 2 * len(self.before):
                return ()
            address, priority = place
            now[address] = priority
            steps.append(self._set(address, priority))
            pending = [each for each in pending if now[each] != self.after[each]]
        return tuple(steps)

    def _set(self, address: str, priority: int) -> str:
        if is_declared(address):
            return f"Set rule_priority={priority} of {self._declaration(address)}. Apply."
        return f"Set priority = {priority} in {address}. Apply."

    def _declaration(self, address: str) -> str:
        return f"the service with path prefix {self.path(address)!r}"

    def _next(self, pending: Sequence[str], now: Mapping[str, int]) -> tuple[str, int] | None:
        """Return the next rule to change, with its priority in this step; None if no priority is free."""
        taken = set(now.values())
        used = {*taken, *self.after.values()}
        places = {address: self._places(address, now) for address in pending}
        for address, place in places.items():
            if self.after[address] in place and self.after[address] not in taken:
                return address, self.after[address]
        unused = ((address, each) for address, place in places.items() for each in place if each not in used)
        return next(unused, None)

    def _places(self, address: str, now: Mapping[str, int]) -> range:
        """Return the priorities that are evaluated after the rules for parts of this rule's paths, and before the rules
        for more paths."""
        inner, outer = self._neighbours(address)
        lowest = max(chain([_LEAST - 1], (now[each] for each in inner if each in now))) + 1
        highest = min(chain([_MOST + 1], (now[each] for each in outer if each in now))) - 1
        return range(lowest, highest + 1)

    def _neighbours(self, address: str) -> tuple[list[str], list[str]]:
        """Return the rules for parts of this rule's paths, and the rules for more paths."""
        if address not in self._found:
            inner = [each for each in self._rules if self._within(each, address)]
            self._found[address] = inner, [each for each in self._rules if self._within(address, each)]
        return self._found[address]

    def _within(self, inner: str, outer: str) -> bool:
        """Return True if the outer rule matches paths of the inner rule and also matches other paths."""
        paths, patterns = self._rules[inner].patterns, self._rules[outer].patterns
        return paths != patterns and any(matches(pattern, path) for path in paths for pattern in patterns)

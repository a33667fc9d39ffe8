"""Listener rules whose priorities change: changes that AWS refuses, changes that shadow a path for a time, and steps
that avoid both.

A changed `rule_priority` updates its rule in place. Terraform updates several rules in any order, so for a time a
listener may have any mixture of old and new priorities.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from colonnade.model import aws_limits
from colonnade.model.routing.path_pattern import matches
from colonnade.review.analysis.findings import Finding, Kind
from colonnade.review.analysis.listener_rules import Rule, RuleChanges
from colonnade.review.plan.values import UNKNOWN

_LEAST, _MOST = aws_limits.RULE_PRIORITIES


def priority_conflicts(rules: RuleChanges) -> Iterator[Finding]:
    """Yield a finding for each rule whose new priority conflicts with another rule, or may conflict, depending on the
    order of Terraform's operations."""
    for listener in dict.fromkeys(rule.listener for rule in (*rules.before, *rules.after)):
        if listener == repr(UNKNOWN):
            continue
        before, after = (
            {each.address: each for each in side if each.listener == listener and each.priority is not None}
            for side in (rules.before, rules.after)
        )
        yield from _Listener(before, after).findings()


class _Listener:
    """The rules of one listener by address, before and after the plan."""

    def __init__(self, before: Mapping[str, Rule], after: Mapping[str, Rule]) -> None:
        self._rules = {**after, **before}
        self._before = {address: each.priority for address, each in before.items() if each.priority is not None}
        self._after = {address: each.priority for address, each in after.items() if each.priority is not None}
        self._moved = [each for each in before.keys() & after.keys() if self._before[each] != self._after[each]]
        self._moved.sort(key=self._before.__getitem__)

    def findings(self) -> Iterator[Finding]:
        twice = {address: reason for address in self._after for reason in [self._given_twice(address)] if reason}
        for address, reason in twice.items():
            step = "Give each of the two rules a priority of its own. Apply."
            yield Finding(
                address=address, rule="priority-given-twice", reason=reason, kind=Kind.INTERRUPTION, steps=(step,)
            )
        yield from (self._onto_a_taken_one(address) for address in self._onto_taken() if address not in twice)
        reasons = {
            address: reason
            for address in self._moved
            for reason in [self._reason(address)]
            if reason and address not in twice
        }
        steps = self._steps() if reasons else ()
        for address, reason in reasons.items():
            yield Finding(address=address, rule="priority-changed", reason=reason, kind=Kind.INTERRUPTION, steps=steps)

    def _given_twice(self, address: str) -> str:
        """Return the reason why a new priority fails that another rule has after the plan too, or an empty string."""
        wanted = self._after[address]
        others = [each for each, priority in self._after.items() if priority == wanted and each != address]
        if not others or self._before.get(address) == wanted:
            return ""
        return (
            f"fails: the rules for {self._path(address)} and {self._path(others[0])} ({others[0]}) both get priority "
            f"{wanted} of one listener, which AWS refuses (PriorityInUse)"
        )

    def _onto_taken(self) -> Iterator[str]:
        """Yield each new rule whose priority an existing rule has before the plan."""
        taken = set(self._before.values())
        yield from (each for each in self._after if each not in self._before and self._after[each] in taken)

    def _onto_a_taken_one(self, address: str) -> Finding:
        wanted = self._after[address]
        other = next(each for each, priority in self._before.items() if priority == wanted)
        used = {*self._before.values(), *self._after.values()}
        free = next((each for each in range(wanted, _MOST + 1) if each not in used), None)
        reason = (
            f"fails: the rule for {self._path(other)} ({other}) may still have priority {wanted} when this one is "
            "created with it, which AWS refuses (PriorityInUse)"
        )
        steps = (
            f"Give the new rule for {self._path(address)} a priority that no rule has, such as {free}. Apply.",
            f"Give it priority {wanted}. Apply.",
        )
        return Finding(
            address=address,
            rule="priority-taken",
            reason=reason,
            kind=Kind.INTERRUPTION,
            steps=steps if free is not None else (),
        )

    def _reason(self, address: str) -> str:
        wanted = self._after[address]
        for other, priority in self._before.items():
            if other != address and priority == wanted:
                return (
                    f"fails: the rule for {self._path(other)} may still have priority {wanted} when the rule for "
                    f"{self._path(address)} gets it, which AWS refuses (PriorityInUse)"
                )
        for other in self._moved:
            if self._within(address, other) and wanted > self._before[other]:
                return self._shadowed(address, other)
            if self._within(other, address) and wanted < self._before[other]:
                return self._shadowed(other, address)
        return ""

    def _shadowed(self, inner: str, outer: str) -> str:
        return (
            f"interrupts {self._path(inner)}: until both rules have their new priorities, the rule for "
            f"{self._path(outer)} may match its requests first, for seconds"
        )

    def _steps(self) -> tuple[str, ...]:
        """Return steps that change one priority each: to the rule's new priority if it is free and in order, else to a
        temporary one."""
        now, pending, steps = dict(self._before), list(self._moved), list[str]()
        for address in [each for each in now if each not in self._after]:
            del now[address]
            steps.append(
                f"Keep every rule_priority. Remove the service with path prefix {self._path(address)!r}. Apply."
            )
        while pending:
            place = self._next(pending, now)
            if place is None or len(steps) > 2 * len(self._before):
                return ()
            address, priority = place
            now[address] = priority
            steps.append(
                f"Set rule_priority={priority} of the service with path prefix {self._path(address)!r}. Apply."
            )
            pending = [each for each in pending if now[each] != self._after[each]]
        return tuple(steps)

    def _next(self, pending: Sequence[str], now: Mapping[str, int]) -> tuple[str, int] | None:
        """Return the next rule to change, with its priority in this step; None if no priority is free."""
        for address in pending:
            if self._after[address] in self._free(address, now):
                return address, self._after[address]
        spare = set(self._after.values())
        return next(((each, free) for each in pending for free in self._free(each, now) if free not in spare), None)

    def _free(self, address: str, now: Mapping[str, int]) -> Sequence[int]:
        """Return the unused priorities that are evaluated after the rules for parts of this rule's paths, and before
        the rules for more paths."""
        others = [each for each in now if each != address]
        lowest = max(chain([_LEAST - 1], (now[each] for each in others if self._within(each, address)))) + 1
        highest = min(chain([_MOST + 1], (now[each] for each in others if self._within(address, each)))) - 1
        taken = {now[each] for each in others}
        return [each for each in range(lowest, highest + 1) if each not in taken]

    def _within(self, inner: str, outer: str) -> bool:
        """Return True if the outer rule matches paths of the inner rule and also matches other paths."""
        paths, patterns = self._rules[inner].patterns, self._rules[outer].patterns
        return paths != patterns and any(matches(pattern, path) for path in paths for pattern in patterns)

    def _path(self, address: str) -> str:
        return min(self._rules[address].patterns, key=len, default="any path")

"""Requests that a service no longer gets after the plan: shadowed and lost paths, lost hosts, destroyed rules.

`colonnade.review.interruptions` judges the time of the apply, this module the result after it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from colonnade.review.analysis.findings import Finding, Kind
from colonnade.review.analysis.kept import removed_services
from colonnade.review.analysis.listener_rules import Rule
from colonnade.review.analysis.rule_changes import Owner, OwnerChange, RuleChanges
from colonnade.review.plan.document import Change
from colonnade.review.plan.resource_index import ResourceIndex
from colonnade.review.plan.values import Fact

_HOST = "host_header"
_MOST_PATTERNS = 3


def lost_paths(changes: Sequence[Change], index: ResourceIndex, rules: RuleChanges) -> Iterator[Finding]:
    """Yield a finding for each rule that shadows, loses or gives up the requests of a target that stays."""
    removed = removed_services(changes, index) | _retired(changes, index)
    yield from _shadowed(rules)
    yield from _without_authentication(rules)
    lost = {each.pattern: each for each in rules.owners if each.shadowed_by is None and _is_lost(each)}
    after = {each.address: each for each in rules.after}
    same = {(each.listener, each.patterns, each.conditions) for each in rules.after}
    hosts = {host for each in rules.after for host in _hosts(each)}
    # The owners of paths are not compared on a listener outside the plan that keeps no rule of the plan.
    compared = {each.listener for each in rules.before if each.is_default} | {each.listener for each in rules.after}
    for rule in rules.before:
        if rule.targets and {each.name for each in rule.targets} <= removed:
            continue
        if rule.is_default:
            yield from _default_lost(rule, after.get(rule.address))
            continue
        given_up = sorted(lost.keys() & set(rule.patterns), key=len)
        gone = [host for host in _hosts(rule) if host not in hosts]
        if given_up:
            yield _path_lost(rule, lost, given_up)
        elif gone:
            reason = f"no rule has the host {' or '.join(gone)} of {rule.action} any more"
            yield _finding(rule.address, "host-lost", reason, ((*sorted(gone), rule.answer),))
        elif rule.address not in after and (
            rule.listener not in compared or not (rule.patterns or (rule.listener, (), rule.conditions) in same)
        ):
            what = " and ".join((*rule.patterns[:_MOST_PATTERNS], *map(str, rule.conditions))) or "any request"
            reason = f"destroys the rule for {what} of {rule.action}: other rules get it"
            yield _finding(rule.address, "path-lost", reason, ((rule.patterns, rule.facts),))


def _finding(address: str, rule: str, reason: str, facts: tuple[Fact, ...]) -> Finding:
    return Finding(address=address, rule=rule, reason=reason, kind=Kind.REMOVAL, judged=facts)


def _retired(changes: Sequence[Change], index: ResourceIndex) -> frozenset[str]:
    """Return the services whose desired count the plan sets to zero."""
    services = (each for each in changes if each.type == "aws_ecs_service" and each.after is not None)
    return frozenset(index.service(each) for each in services if each.judged(after=True).get("desired_count") == 0)


def _default_lost(before: Rule, after: Rule | None) -> Iterator[Finding]:
    if before.targets and after is not None and not after.targets and not after.sends_on:
        reason = f"{before.action} no longer gets the requests that no rule matches: they get {after.action}"
        yield _finding(before.address, "path-lost", reason, ((before.facts, after.facts),))


def _path_lost(rule: Rule, lost: dict[str, OwnerChange], patterns: Sequence[str]) -> Finding:
    change = lost[patterns[0]]
    listed = ", ".join(patterns[:_MOST_PATTERNS]) + (" and more" if len(patterns) > _MOST_PATTERNS else "")
    reason = f"{change.before} no longer gets {listed}: requests get {change.after}"
    return _finding(rule.address, "path-lost", reason, tuple(lost[each].facts for each in patterns))


def _shadowed(rules: RuleChanges) -> Iterator[Finding]:
    found: dict[tuple[str, str], list[OwnerChange]] = {}
    for change in rules.owners:
        if change.shadowed_by is not None and change.former.served:
            found.setdefault((change.shadowed_by.address, change.before), []).append(change)
    for (address, before), shadowed in found.items():
        listed = ", ".join(each.pattern for each in shadowed[:_MOST_PATTERNS])
        more = " and more" if len(shadowed) > _MOST_PATTERNS else ""
        reason = f"shadows {listed}{more} of {before}: requests go to {shadowed[0].after}"
        yield Finding(
            address=address,
            rule="path-shadowed",
            reason=reason,
            kind=Kind.INTERRUPTION,
            judged=tuple(each.facts for each in shadowed),
        )


def _without_authentication(rules: RuleChanges) -> Iterator[Finding]:
    """Yield a finding for each path whose new owner gets requests without the authentication of the former one."""
    for change in rules.owners:
        loses = change.former.authenticates and not change.current.authenticates
        owner = next((each for each in rules.after if change.pattern in each.patterns), change.shadowed_by)
        if loses and change.current.served and owner is not None:
            yield Finding(
                address=owner.address,
                rule="authentication-removed",
                reason=f"{change.pattern} reaches {change.after} without the authentication before it",
                kind=Kind.PROTECTION,
                judged=(change.facts,),
            )


def _is_lost(change: OwnerChange) -> bool:
    """Return True if requests that a target got are answered by a fixed response, or by no rule, after the plan."""
    if _is_answered(change.current):
        return False
    return bool(change.former.served - change.current.served) or _is_answered(change.former)


def _is_answered(owner: Owner) -> bool:
    """Return True if requests that fulfil no other conditions are sent on."""
    return owner.rule is not None and owner.rule.sends_on


def _hosts(rule: Rule) -> Sequence[str]:
    return [host for each in rule.conditions if each.type == _HOST for host in each.values if host]

"""Web ACLs that let requests pass which a rule blocked: new rules that allow, and rules of a group that only count.

`weakened.toml` has rules that are removed, or whose own action no longer blocks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from colonnade.review.analysis.findings import Finding, Kind
from colonnade.review.plan.document import Change
from colonnade.review.plan.values import blocks, judged, within

_TYPES = ("aws_wafv2_web_acl", "aws_wafv2_rule_group")
_GROUP = ("statement", "managed_rule_group_statement")
_PASSING = ("allow", "count")


def opened_web_acls(changes: Sequence[Change]) -> Iterator[Finding]:
    """Yield a finding for each web ACL that existed and whose rules let more requests pass."""
    for change in changes:
        if change.type in _TYPES and change.remains and change.before is not None:
            before, after = (_rules(change, after=at) for at in (False, True))
            for name, rule in after.items():
                former = before.get(name, {})
                if within(rule, ("action", "allow")) and not within(former, ("action", "allow")):
                    yield _finding(change, name, "allows requests before the rules after it see them", ("allow",))
                switched_off = sorted(_passing(rule) - _passing(former)) if former else []
                if switched_off:
                    reason = f"no longer blocks what {' and '.join(switched_off)} of its group finds"
                    yield _finding(change, name, reason, tuple(switched_off))


def _rules(change: Change, *, after: bool) -> Mapping[str, Mapping[str, Any]]:
    return {str(each.get("name")): each for each in blocks(change.judged(after=after).get("rule"))}


def _passing(rule: Mapping[str, Any]) -> set[str]:
    """Return the rules of a managed group that a web ACL lets allow or count, and those that it leaves out."""
    found = {str(each) for each in within(rule, (*_GROUP, "excluded_rule", "name"))}
    for each in blocks(within(rule, (*_GROUP, "rule_action_override"))):
        if any(within(each, ("action_to_use", action)) for action in _PASSING):
            found.add(str(each.get("name")))
    return found


def _finding(change: Change, name: str, reason: str, facts: tuple[str, ...]) -> Finding:
    is_shown = judged(change.side(after=True)) == change.side(after=True)
    return Finding(
        address=change.address,
        rule="firewall-removed",
        reason=f"the rule {name} {reason}" if is_shown else "a rule lets more requests pass (sensitive)",
        kind=Kind.PROTECTION,
        judged=(name, *facts) if is_shown else (),
    )

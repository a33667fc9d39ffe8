"""Limits of identities that a plan takes away: permissions boundaries, and what a policy denies."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from colonnade.review.analysis.findings import Finding, Kind
from colonnade.review.analysis.iam import PolicyChange
from colonnade.review.plan.document import Action, Change
from colonnade.review.plan.values import UNKNOWN, is_empty

_BOUNDARY = "permissions_boundary"
_BOUNDARY_TYPE = "aws_ssoadmin_permissions_boundary_attachment"
_POLICY_SUFFIX = "_policy"
_MOST_ACTIONS = 3


def lost_limits(changes: Sequence[Change], policies: Sequence[PolicyChange]) -> Iterator[Finding]:
    """Yield a finding for each boundary that is removed or replaced, and for each denial that is lost."""
    for change in changes:
        old, new = ((change.side(after=after) or {}).get(_BOUNDARY) for after in (False, True))
        if change.remains and not is_empty(old) and new is not UNKNOWN and new != old:
            what = "removes the permissions boundary" if is_empty(new) else "replaces the permissions boundary"
            yield _boundary(change.address, f"{what} {old}{'' if is_empty(new) else f' by {new}'}")
        elif change.type == _BOUNDARY_TYPE and change.action is Action.DESTROY and not change.deposed:
            yield _boundary(change.address, "removes the permissions boundary of a permission set")
    destroyed = _destroyed(changes)
    for policy in policies:
        if policy.change.after is not None or _outlives(policy.change, destroyed):
            yield from _denials(policy)


def _boundary(address: str, reason: str) -> Finding:
    return Finding(address=address, rule="boundary-removed", reason=reason, kind=Kind.EXPOSURE)


def _denials(policy: PolicyChange) -> Iterator[Finding]:
    after = {grant.action for grant in policy.after if grant.effect == "Deny"}
    lost = dict.fromkeys(
        grant.action for grant in sorted(policy.before) if grant.effect == "Deny" and grant.action not in after
    )
    if lost and not policy.is_unknown:
        shown = [action for action in lost if any(grant.action == action for grant in policy.lost)]
        listed = ", ".join(shown[:_MOST_ACTIONS]) + (" and more" if len(shown) > _MOST_ACTIONS else "")
        reason = f"no longer denies {listed or 'what it denied (sensitive)'}"
        yield Finding(address=policy.change.address, rule="denial-removed", reason=reason, kind=Kind.PROTECTION)


def _destroyed(changes: Sequence[Change]) -> frozenset[str]:
    """Return the ids, names and ARNs of the resources that the plan destroys, without policies."""
    return frozenset(
        str((change.before or {}).get(name))
        for change in changes
        if change.action is Action.DESTROY and not change.type.endswith(_POLICY_SUFFIX)
        for name in ("id", "arn", "name")
        if (change.before or {}).get(name)
    )


def _outlives(policy: Change, destroyed: frozenset[str]) -> bool:
    """Return True if a destroyed policy belonged to a resource that the plan keeps."""
    values = (value for value in (policy.before or {}).values() if isinstance(value, str))
    return policy.type.endswith(_POLICY_SUFFIX) and not any(value in destroyed for value in values)

"""IAM actions gained and lost by every resource with a policy, and the grants that widen it.

Sources are the policy documents of all resources in a plan, and attachments of managed policies by any argument.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from colonnade.review.analysis.policy_documents import DOCUMENTS, Grant, documents, grants
from colonnade.review.analysis.wide_grants import ATTACHED, widenings
from colonnade.review.plan.document import Action, Change
from colonnade.review.plan.resource_index import ResourceIndex
from colonnade.review.plan.values import UNKNOWN, Sensitive, is_known, judged

_ATTACHING = ("policy_arn", "policy_arns", "managed_policy_arn", "managed_policy_arns")
_HOLDERS = ("role", "user", "group", "roles", "users", "groups", "permission_set_arn", "role_name", "principal_arn")
"""The arguments with the identities that get a policy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyChange:
    """The grants that the policies of a resource gain and lose."""

    change: Change
    gained: tuple[Grant, ...]
    lost: tuple[Grant, ...]
    unreadable: bool
    """True if the policy changes but its old or new text is sensitive or unknown."""
    is_unknown: bool
    """True if the new text is known only after the apply."""
    judged: tuple[Grant, ...]
    """The gained grants with those of a sensitive policy, which are never shown."""
    before: frozenset[Grant]
    """Every grant before the plan, also of a sensitive policy."""
    after: frozenset[Grant]
    """Every grant after the plan, also of a sensitive policy."""

    @property
    def widenings(self) -> tuple[str, ...]:
        """The reasons why a gained grant is as wide as `*`, each once."""
        reasons = functools.partial(widenings, self.change.type, replaces=bool(self.before))
        shown = dict.fromkeys(each for grant in self.gained for each in reasons(grant))
        hidden = set(self.judged).difference(self.gained)
        if any(True for grant in hidden for _ in reasons(grant)):
            shown["a sensitive grant is as wide as `*`"] = None
        return tuple(shown)


def policy_changes(changes: Sequence[Change], index: ResourceIndex) -> tuple[PolicyChange, ...]:
    """Return every resource whose policies change their grants."""
    found = (_policy_change(change, index) for change in changes if _has_policy(change))
    return tuple(each for each in found if each.gained or each.lost or each.judged or each.unreadable)


def _has_policy(change: Change) -> bool:
    sides = [side for side in (change.before, change.after) if side is not None]
    return not change.deposed and any(name in side for side in sides for name in (*DOCUMENTS, *_ATTACHING))


def _policy_change(change: Change, index: ResourceIndex) -> PolicyChange:
    texts = [documents(change, index, after=after) for after in (False, True)]
    # A sensitive or unknown document is reported as unreadable only if it changes.
    unreadable = texts[0] != texts[1] and not all(is_known(text) for side in texts for text in side)
    attached = [change.side(after=after) or {} for after in (False, True)]
    revealed = [change.judged(after=after) for after in (False, True)]
    before, after = (
        {*_granted(side), *_attached(change, values)} for side, values in zip(texts, attached, strict=True)
    )
    all_before, all_after = (
        {*shown, *_sensitive(own), *_attached(change, values)}
        for shown, own, values in zip((before, after), texts, revealed, strict=True)
    )
    # An identity that gets the policy for the first time gains everything in it.
    former = set() if _has_another_holder(change) else before
    return PolicyChange(
        change=change,
        gained=tuple(sorted(after - former)),
        lost=() if unreadable else tuple(sorted(before - after)),
        unreadable=unreadable,
        is_unknown=any(text is UNKNOWN for text in texts[1]),
        judged=tuple(sorted(all_after - (set() if _has_another_holder(change) else all_before))),
        before=frozenset(all_before),
        after=frozenset(all_after),
    )


def _granted(texts: Sequence[Any]) -> Iterator[Grant]:
    yield from (grant for text in texts for grant in grants(text))


def _sensitive(texts: Sequence[Any]) -> Iterator[Grant]:
    yield from (grant for text in texts if isinstance(text, Sensitive) for grant in grants(judged(text)))


def _attached(change: Change, values: Mapping[str, Any]) -> Iterator[Grant]:
    """Yield a grant for each managed policy that a resource with these values attaches to an identity."""
    for name in _ATTACHING:
        # The attribute of a role repeats the policies that other resources attach to it.
        if name in values and (name in change.arguments or not change.arguments):
            found = values[name]
            for arn in found if isinstance(found, list) else [found]:
                if isinstance(arn, str):
                    yield Grant(effect="Allow", action=ATTACHED, resource=arn)


def _has_another_holder(change: Change) -> bool:
    """Return True if the policy moves to another role, user or group, or to one more."""
    if change.action not in (Action.UPDATE, Action.REPLACE):
        return False
    for name in _HOLDERS:
        old, new = ((change.side(after=after) or {}).get(name) for after in (False, True))
        if old and new and new is not UNKNOWN:
            former, present = (set(map(str, each if isinstance(each, list) else [each])) for each in (old, new))
            if present - former:
                return True
    return False

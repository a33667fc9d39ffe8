"""DNS names that a plan moves: records that lead clients, mail or a whole zone to another place.

The interruptions judge names that are removed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from colonnade.review.analysis.findings import Finding, Kind
from colonnade.review.plan.document import Action, Change
from colonnade.review.plan.values import UNKNOWN, judged, within

_TYPE = "aws_route53_record"
_LEADING = ("A", "AAAA", "CNAME", "MX", "NS")
"""The types of records that lead somewhere. A TXT or CAA record only has facts about a name."""


def moved_names(changes: Sequence[Change]) -> Iterator[Finding]:
    """Yield a finding for each DNS name whose record leads to another place after the plan."""
    for change in changes:
        if change.type != _TYPE or change.action is not Action.UPDATE:
            continue
        values = change.judged(after=True)
        shown = [_places(change.side(after=after)) for after in (False, True)]
        old, new = map(judged, shown)
        is_moved = old and new and UNKNOWN not in new and any(each not in old for each in new)
        if is_moved and values.get("type") in _LEADING and not str(values.get("name")).startswith("_"):
            name, places = (change.after or {}).get("name"), ", ".join(map(str, shown[1]))
            reason = f"moves the name {name} to {places}: clients that use it go there"
            yield Finding(address=change.address, rule="dns-name-moved", reason=reason, kind=Kind.REMOVAL)


def _places(values: Mapping[str, Any] | None) -> list[Any]:
    """Return the places that a record leads to: its values, or the target of its alias."""
    return [*within(values, ("records",)), *within(values, ("alias", "name"))]

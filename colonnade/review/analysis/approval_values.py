"""The value of a finding that an approval binds: a hash of what its rule judged.

The value is the same for equal changes in the sandbox and in AWS, because references to other resources count by
address and not by id. Tags, computed values, secrets, the order of JSON keys and the words of the report do not change
it.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from colonnade.review.analysis.attributes import differences
from colonnade.review.analysis.findings import Finding, Kind
from colonnade.review.analysis.hidden_values import masked
from colonnade.review.plan.document import Action, Change
from colonnade.review.plan.resource_index import ResourceIndex
from colonnade.review.plan.values import is_known

VALUE = re.compile(r"[0-9a-f]{16}")
"""The form of a value: 64 bits of a SHA-256."""
_NAMES = ("bucket", "cluster_identifier", "function_name", "identifier", "name")
"""The arguments with the physical name of a resource."""
_UNIMPORTANT = frozenset({"tags", "tags_all", "timeouts"})

Bound = tuple[str, str]
"""An address and a rule."""


def approval_values(
    findings: Sequence[Finding], changes: Sequence[Change], index: ResourceIndex
) -> Mapping[Bound, str]:
    """Return the value of each address and rule that has findings; one value covers all findings of both."""
    bound: dict[Bound, list[Finding]] = {}
    for finding in findings:
        bound.setdefault((finding.address, finding.rule), []).append(finding)
    found = {address for address, _ in bound}
    at: dict[str, list[Change]] = {}
    for change in changes:
        if change.address in found:
            at.setdefault(change.address, []).append(change)
    return {
        (address, rule): _value(address, rule, own, at.get(address, ()), index)
        for (address, rule), own in bound.items()
    }


def _value(
    address: str, rule: str, findings: Sequence[Finding], changes: Sequence[Change], index: ResourceIndex
) -> str:
    facts: list[Any] = sorted({fact for each in findings for fact in each.judged}, key=repr)
    # What a replacement exposes need not be what causes it.
    whole = any(each.kind in (Kind.EXPOSURE, Kind.PROTECTION) for each in findings)
    facts = facts or [[each.action.name, _stable(masked(_facts(each, whole=whole)), index)] for each in changes]
    text = json.dumps([address, rule, facts], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _facts(change: Change, *, whole: bool) -> Mapping[str, Any]:
    """Return what a change changes: the arguments of a new resource, the names of one that is destroyed, the causes of
    a replacement (if `whole`, its differences as well), the differences of an update."""
    if change.action is Action.CREATE:
        return {
            name: value
            for name, value in (change.after or {}).items()
            if (name in change.arguments or not change.arguments) and name not in _UNIMPORTANT
        }
    if change.before is None or change.after is None:
        before = change.before or {}
        return {name: before[name] for name in _NAMES if before.get(name) and not before.get(f"{name}_prefix")}
    found = differences(change)
    causes = found if whole else [each for each in found if each.replaces] or found
    return {".".join(map(str, each.path)): [each.before, each.after] for each in causes}


def _stable(value: Any, index: ResourceIndex) -> Any:
    """Return a value as plain JSON that does not depend on ids, on spacing, or on a run of the review."""
    if not is_known(value):
        return repr(value)
    if isinstance(value, str):
        return _stable_text(value, index)
    if isinstance(value, Mapping):
        return {str(name): _stable(each, index) for name, each in value.items()}
    if isinstance(value, list):
        items = [_stable(each, index) for each in value]
        # The order of a set depends on its ids.
        is_set = any(index.identified(each) is not None for each in value)
        return sorted(items, key=str) if is_set else items
    return value


def _stable_text(text: str, index: ResourceIndex) -> Any:
    named = index.identified(text)
    # Some resources have their name as an id, which does not depend on the account.
    if named is not None and text not in [
        side.get(name) for side in (named.before, named.after) if side for name in _NAMES
    ]:
        return f"address {named.address}"
    if text.lstrip()[:1] in ("{", "["):
        try:
            return _stable(json.loads(text), index)
        except (ValueError, RecursionError):
            return text
    return text

"""The resource types whose loss needs approval: replaced or destroyed -> findings with the effect of each.

`kept.toml` is the table. For a destroyed resource, the JSON of a plan does not show `create_before_destroy`. So each
destruction is treated as if nothing replaces the resource before.
"""

from __future__ import annotations

import fnmatch
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from colonnade.review.analysis.findings import Finding, Kind
from colonnade.review.plan.document import Action, Change
from colonnade.review.plan.resource_index import ResourceIndex

_TABLE = Path(__file__).with_suffix(".toml")
_LOSSES = (Action.DESTROY, Action.REPLACE)
_ROUTES = "route-destroyed"
_TAINTED = "replace_because_tainted"
"""Terraform's reason for replacing a resource that an earlier apply failed to create completely.
https://developer.hashicorp.com/terraform/internals/json-format#change-representation"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A resource type: its name in a report, the rule of its findings, and the effects of losing it."""

    noun: str
    rule: str
    replaced: Kind | None
    """The kind of finding if a replacement destroys the old resource before it creates the new one."""
    successor_first: Kind | None
    """The kind of finding if a replacement creates the new resource first; None if that needs no approval."""
    destroyed: Kind | None
    """The kind of finding if the resource is destroyed without a replacement; None if that needs no approval."""
    effect: str
    """The consequence and its duration, if they are known."""
    removal_effect: str
    """The consequence if the resource is removed for good together with what it serves."""


def _kept(group: Mapping[str, Any], noun: str) -> Kept:
    rule, replaced = group["rule"], _kind_named(group["replaced"])
    return Kept(
        noun=noun,
        rule=rule,
        replaced=replaced,
        successor_first=_kind_named(group["successor_first"]) if "successor_first" in group else replaced,
        destroyed=_kind_named(group["destroyed"]),
        effect=group["effect"],
        removal_effect=group.get("removal_effect", group["effect"]),
    )


def _kind_named(name: str) -> Kind | None:
    return None if name == "none" else Kind(name)


_DATA = tomllib.loads(_TABLE.read_text(encoding="utf-8"))
KEPT: Mapping[str, Kept] = {
    type_: _kept(group, noun) for group in _DATA["kept"] for type_, noun in group["types"].items()
}
"""The types by name. Every bucket counts, because a plan does not show which bucket holds Terraform states."""
_KNOWN = re.compile("|".join(map(fnmatch.translate, _DATA["known"]["types"])))


def lost(changes: Sequence[Change], index: ResourceIndex) -> Iterator[Finding]:
    """Yield a finding for each resource of a type in the table that is replaced or destroyed."""
    removed, subjects = removed_services(changes, index), _subjects(changes)
    for change in changes:
        kept = KEPT.get(change.type)
        kind = _kind(change, kept) if kept is not None else None
        if kept is None or kind is None:
            continue
        if kept.rule == _ROUTES or kind is Kind.PROTECTION:
            if index.service(change) in removed or _has_no_subject(change, subjects):
                continue
        elif kind is Kind.INTERRUPTION and index.service(change) in removed:
            kind = Kind.REMOVAL
        verb = "replaces" if change.action is Action.REPLACE else "destroys"
        effect = kept.removal_effect if kind is Kind.REMOVAL else kept.effect
        yield Finding(address=change.address, rule=kept.rule, reason=f"{verb} {kept.noun}: {effect}", kind=kind)


def not_known(changes: Sequence[Change]) -> Iterator[Finding]:
    """Yield a finding for each resource with an identifier that is replaced or destroyed, of a type that no table of
    the review has."""
    for change in changes:
        goes = change.action in _LOSSES and not change.deposed
        has_identifier = bool((change.before or {}).get("id"))
        if goes and has_identifier and change.type not in KEPT and _KNOWN.match(change.type) is None:
            verb = "replaces" if change.action is Action.REPLACE else "destroys"
            reason = f"{verb} a resource of type {change.type}, which is not known to this review"
            yield Finding(address=change.address, rule="type-not-known", reason=reason, kind=Kind.REMOVAL)


def removed_services(changes: Sequence[Change], index: ResourceIndex) -> frozenset[str]:
    """Return the services that the plan destroys."""
    destroyed = (each for each in changes if each.action is Action.DESTROY and not each.deposed)
    return frozenset(index.service(each) for each in destroyed if each.type == "aws_ecs_service")


def _subjects(changes: Sequence[Change]) -> Mapping[str, str]:
    """Return the addresses of the lost resources that others route, protect or log, by id and ARN."""
    return {
        str((change.before or {}).get(name)): change.address
        for change in changes
        if change.action in _LOSSES and change.type in KEPT and KEPT[change.type].destroyed is not Kind.PROTECTION
        for name in ("id", "arn")
        if (change.before or {}).get(name)
    }


def _has_no_subject(change: Change, subjects: Mapping[str, str]) -> bool:
    """Return True if the plan also destroys or replaces the resource that this one routes, protects or logs."""
    named = (value for value in (change.before or {}).values() if isinstance(value, str))
    return any(subjects.get(value, change.address) != change.address for value in named)


def _kind(change: Change, kept: Kept) -> Kind | None:
    # A deposed object has been replaced by an earlier apply. A resource with `skip_destroy` remains in AWS.
    if change.deposed or (change.before or {}).get("skip_destroy") is True:
        return None
    if change.action is Action.REPLACE:
        if change.reason == _TAINTED:
            return Kind.REMOVAL
        return kept.successor_first if change.creates_first else kept.replaced
    return kept.destroyed if change.action is Action.DESTROY else None

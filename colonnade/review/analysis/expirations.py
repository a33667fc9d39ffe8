"""Data that a plan deletes earlier: objects of buckets by their lifecycle, and images that a rollback needs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from colonnade.review.analysis.findings import Finding, Kind
from colonnade.review.plan.document import Change
from colonnade.review.plan.resource_index import ResourceIndex
from colonnade.review.plan.values import Fact, Sensitive, blocks, is_known, judged

_BUCKET = "aws_s3_bucket"
_LIFECYCLE = "aws_s3_bucket_lifecycle_configuration"
_FEW_IMAGES = 3
"""The running revision, the one before it for a rollback, and one that is being deployed."""
_SENSITIVE = "(sensitive)"
_DIGITS = 10


@dataclass(frozen=True, slots=True)
class _Expiry:
    """The objects that one lifecycle rule deletes, and when."""

    what: str
    when: tuple[str, int]
    """A day, or the empty string and a number of days."""
    kept: int
    """The number of newer former versions that are kept."""
    prefix: str
    tests: frozenset[str]
    """Other tests of an object: its tags and its size."""

    def covers(self, other: _Expiry) -> bool:
        """Return True if all objects that the other rule deletes are deleted by this one, and no later."""
        return (
            self.what == other.what
            and self.when[0][:1] == other.when[0][:1]
            and self.when <= other.when
            and self.kept <= other.kept
            and other.prefix.startswith(self.prefix)
            and self.tests <= other.tests
        )

    def __str__(self) -> str:
        day, days = self.when
        scope = f" below {self.prefix}" if self.prefix else ""
        return f"{self.what}{scope} are deleted {f'on {day}' if day else f'after {days} days'}"


def expiring_objects(changes: Sequence[Change], index: ResourceIndex) -> Iterator[Finding]:
    """Yield a finding for each bucket that existed and whose lifecycle deletes objects earlier, or more of them."""
    buckets = [each for each in changes if each.type == _BUCKET and each.before is None]
    created = {each.judged(after=True).get("bucket") for each in buckets}
    for change in changes:
        if change.type == _LIFECYCLE and change.remains and _has_objects(change, index, created):
            old, new = ([*_expiries(change.judged(after=after).get("rule"))] for after in (False, True))
            found = [each for each in new if not any(former.covers(each) for former in old)]
            if found:
                rules = (change.after or {}).get("rule")
                is_shown = is_known(rules) and judged(rules) == rules
                facts = tuple[Fact, ...](
                    (each.what, *each.when, each.kept, each.prefix, *sorted(each.tests)) for each in found
                )
                yield Finding(
                    address=change.address,
                    rule="data-expires",
                    reason=" and ".join(map(str, found)) if is_shown else f"objects expire earlier {_SENSITIVE}",
                    kind=Kind.LOSS,
                    judged=facts if is_shown else (),
                )


def _has_objects(change: Change, index: ResourceIndex, created: Set[Any]) -> bool:
    """Return True unless the same plan creates the bucket."""
    bucket = index.referred(change, ("bucket",), after=True)
    if bucket is not None:
        return bucket.before is not None
    name = change.judged(after=True).get("bucket")
    return change.before is not None or (isinstance(name, str) and name not in created)


def _expiries(rules: Any) -> Iterator[_Expiry]:
    for rule in blocks(rules):
        if rule.get("status") != "Enabled":
            continue
        prefix, tests = _scope(rule)
        for each in blocks(rule.get("expiration")):
            if each.get("date"):
                yield _Expiry("objects", (str(each["date"]), 0), 0, prefix, tests)
            elif _number(each.get("days")):
                yield _Expiry("objects", ("", _number(each["days"])), 0, prefix, tests)
        for each in blocks(rule.get("noncurrent_version_expiration")):
            days, kept = (_number(each.get(name)) for name in ("noncurrent_days", "newer_noncurrent_versions"))
            if days:
                yield _Expiry("former versions of objects", ("", days), kept, prefix, tests)


def _number(value: Any) -> int:
    """Return a number of days or versions; 0 for any other value. The provider has some of them as strings."""
    text = str(value)
    return int(text) if text.isdecimal() and text.isascii() and len(text) < _DIGITS else 0


def _scope(rule: Mapping[str, Any]) -> tuple[str, frozenset[str]]:
    """Return the prefix and the other tests of a rule, which its filter has in one of three places."""
    prefix, tests = str(rule.get("prefix") or ""), set[str]()
    filters = blocks(rule.get("filter"))
    for place in (*filters, *(inner for each in filters for inner in blocks(each.get("and")))):
        prefix = str(place.get("prefix") or prefix)
        tags = place.get("tags")
        pairs = [(each.get("key"), each.get("value")) for each in blocks(place.get("tag"))]
        pairs += tags.items() if isinstance(tags, Mapping) else ()
        tests.update(f"tag {name}={value}" for name, value in pairs)
        sizes = (name for name in ("object_size_greater_than", "object_size_less_than") if _number(place.get(name)))
        tests.update(f"{name} {place[name]}" for name in sizes)
    return prefix, frozenset(tests)


def expiring_images(changes: Sequence[Change]) -> Iterator[Finding]:
    """Yield a finding for each repository that keeps fewer images than a rollback needs."""
    for change in changes:
        if change.type == "aws_ecr_lifecycle_policy" and change.remains:
            old, new = (_kept_images(change, after=after) for after in (False, True))
            if new is not None and new < _FEW_IMAGES and (old is None or new < old):
                is_hidden = isinstance((change.after or {}).get("policy"), Sensitive)
                number = _SENSITIVE if is_hidden else new
                reason = (
                    f"keeps only the newest {number} of the images: a running revision or a rollback may need others"
                )
                yield Finding(address=change.address, rule="images-expire", reason=reason, kind=Kind.LOSS)


def _kept_images(change: Change, *, after: bool) -> int | None:
    """Return the smallest number of images that a lifecycle policy keeps; None if it does not count images."""
    text = change.judged(after=after).get("policy")
    try:
        document = json.loads(text) if isinstance(text, str) else {}
    except ValueError:
        return None
    rules = blocks(document.get("rules")) if isinstance(document, dict) else []
    found = [each["selection"] for each in rules if isinstance(each.get("selection"), dict)]
    counts = [
        each.get("countNumber")
        for each in found
        if each.get("countType") == "imageCountMoreThan" and each.get("tagStatus") != "untagged"
    ]
    return min((each for each in counts if isinstance(each, int)), default=None)

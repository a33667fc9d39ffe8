"""The skipped checks, each with its reason: .scan-skips.toml -> failed checks that do not fail the scan.

A skip that matches no failed check is an error, so that obsolete skips are removed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from colonnade.scan.findings import Finding, ScanError

FILE = ".scan-skips.toml"
"""The name of the file, in a project's root."""
_KEYS = {"check", "resource", "stacks", "reason"}
_LEAST_REASON = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """One entry of the file."""

    check: str
    resource: str
    """A pattern of Terraform addresses, in which * matches anything."""
    stacks: tuple[str, ...]
    """The stacks that it applies to; empty: every stack."""
    reason: str

    def matches(self, finding: Finding) -> bool:
        """Return whether the skip applies to the finding's check, resource and stack, failed or passed."""
        return (
            finding.check == self.check
            and fnmatchcase(finding.address, self.resource)
            and (not self.stacks or finding.stack in self.stacks)
        )


def load(path: Path) -> tuple[Skip, ...]:
    """Return every skip of the file, none without a file; raises ScanError with every fault of the file."""
    if not path.exists():
        return ()
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise ScanError(f"{path} cannot be read: {error}") from error
    entries = document.get("skip", [])
    faults = [f"skip {number} {fault}" for number, entry in enumerate(entries, 1) for fault in _faults(entry)]
    if faults or document.keys() - {"skip"}:
        strange = [f"unknown key {key!r}; each skip is a table [[skip]]" for key in document if key != "skip"]
        raise ScanError("\n".join(f"{path.name}: {fault}" for fault in [*strange, *faults]))
    return tuple(
        Skip(
            check=entry["check"],
            resource=entry["resource"],
            stacks=tuple(entry.get("stacks", ())),
            reason=entry["reason"],
        )
        for entry in entries
    )


def unused(skips: Iterable[Skip], findings: Iterable[Finding]) -> Iterator[str]:
    """Yield a message for each skip, or each of its stacks, that matches no failed check."""
    failed = [finding for finding in findings if not finding.passed]
    for skip in skips:
        used = {finding.stack for finding in failed if skip.matches(finding)}
        for stack in skip.stacks:
            if stack not in used:
                yield f"skip of {skip.check} on {skip.resource!r} matches no failed check in stack {stack!r}"
        if not used and not skip.stacks:
            yield f"skip of {skip.check} on {skip.resource!r} matches no failed check"


def _faults(entry: Mapping[str, Any]) -> Iterator[str]:
    for key in sorted(entry.keys() - _KEYS):
        yield f"has an unknown key {key!r}; keys: {', '.join(sorted(_KEYS))}"
    for key in ("check", "resource", "reason"):
        if not isinstance(entry.get(key), str):
            yield f"has no string {key!r}"
    if isinstance(entry.get("reason"), str) and len(entry["reason"]) < _LEAST_REASON:
        yield f"has too short a reason to be reviewed: {entry['reason']!r}"
    stacks = entry.get("stacks", [])
    if not isinstance(stacks, list) or not all(isinstance(stack, str) for stack in stacks):
        yield "has 'stacks' that is not a list of strings"

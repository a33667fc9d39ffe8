"""The fixed list of causes, in order: the first one that the evidence supports is the answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from colonnade.operate.why.callee_causes import CALLEE_CAUSES
from colonnade.operate.why.cause import Cause
from colonnade.operate.why.evidence import Evidence
from colonnade.operate.why.exit_causes import EXIT_CAUSES, OUTSIDE_CAUSES
from colonnade.operate.why.health_causes import HEALTH_CAUSES
from colonnade.operate.why.program_causes import PROGRAM_CAUSES
from colonnade.operate.why.service_causes import FIRST_CAUSES, LAST_CAUSES
from colonnade.operate.why.start_causes import START_CAUSES

GROUPS: Mapping[str, tuple[Cause, ...]] = {
    "No task, or no request": FIRST_CAUSES,
    "A task cannot start": START_CAUSES,
    "A task is stopped from outside": OUTSIDE_CAUSES,
    "The log names a fault of the program": PROGRAM_CAUSES,
    "The log names what the program calls": CALLEE_CAUSES,
    "A container ends, and its log names no cause": EXIT_CAUSES,
    "A health check fails": HEALTH_CAUSES,
    "Otherwise": LAST_CAUSES,
}
"""The causes in order, in the groups of the documentation."""

CAUSES: tuple[Cause, ...] = tuple(cause for group in GROUPS.values() for cause in group)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A cause that the evidence supports, in words."""

    name: str
    sentence: str
    fix: str
    source: str
    general: bool
    """True if it is not shown together with another cause."""


def findings(evidence: Evidence) -> Iterator[Finding]:
    """Yield the causes that the evidence supports, in the order of the list."""
    for cause in CAUSES:
        found = cause.find(evidence)
        if found is not None:
            values = _Given({"service": evidence.service, **found})
            yield Finding(
                name=cause.name,
                sentence=cause.sentence.format_map(values),
                fix=cause.fix.format_map(values),
                source=cause.source,
                general=cause.general,
            )


class _Given(dict[str, object]):
    """The values of a sentence; ECS does not name every one in every version of a message."""

    def __missing__(self, name: str) -> str:
        return name

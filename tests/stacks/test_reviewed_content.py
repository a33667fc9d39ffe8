"""Claims about whole stacks: the synthesized JSON of each is what was reviewed.

`pytest tests/stacks/test_reviewed_content.py --snapshot-update` writes the files; their diff is what a review reads.
"""

from __future__ import annotations

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.support.synth import STACK_NAMES, synthesized

pytestmark = pytest.mark.synth

_MIGRATED = "message_board"
REVIEWED = (
    *(("sandbox", stack, None) for stack in STACK_NAMES if stack != _MIGRATED),
    *(("sandbox", _MIGRATED, phase) for phase in ("monolith", "canary", "retired")),
    ("prod", "services", None),  # what only prod turns on: logs of traffic, protection, a NAT gateway per zone
)
"""Environment, stack, and the phase where a migration makes the stack another one."""


@pytest.mark.parametrize(
    ("environment", "stack", "phase"),
    [pytest.param(*each, id="-".join(part for part in each if part is not None)) for each in REVIEWED],
)
def test_content_is_what_was_reviewed(
    environment: str, stack: str, phase: str | None, json_snapshot: SnapshotAssertion
) -> None:
    stacks = synthesized(environment) if phase is None else synthesized(environment, phase)
    assert stacks[stack].document == json_snapshot

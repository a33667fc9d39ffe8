"""Tests that the synthesized JSON of each stack equals the reviewed snapshot.

`pytest tests/stacks/test_reviewed_content.py --snapshot-update` writes the snapshots; review their diff.
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
    ("prod", "services", None),  # only prod has traffic logs, protection and a NAT gateway per zone
)
"""Environment, stack, and migration phase if the stack depends on it."""


@pytest.mark.parametrize(
    ("environment", "stack", "phase"),
    [pytest.param(*each, id="-".join(part for part in each if part is not None)) for each in REVIEWED],
)
def test_content_is_what_was_reviewed(
    environment: str, stack: str, phase: str | None, json_snapshot: SnapshotAssertion
) -> None:
    stacks = synthesized(environment) if phase is None else synthesized(environment, phase)
    assert stacks[stack].document == json_snapshot

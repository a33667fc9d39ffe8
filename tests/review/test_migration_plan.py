"""Claims about the review of a real plan: a step of message_board's migration."""

from __future__ import annotations

from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from tests.support.reviewed_plans import message_board_plan

pytestmark = [pytest.mark.synth, pytest.mark.terraform, pytest.mark.slow]


def test_migration_step_is_reported_with_its_weights(tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    with message_board_plan(tmp_path, before="attached", after="canary") as review:
        assert "\n".join(review.top) == snapshot
        assert review.exit_status == 0
        for name in ("users", "threads", "posts"):
            shares = f"api 100 %, {name} 0 % → api 90 %, {name} 10 %"
            assert f"Paths `/api/{name}`, `/api/{name}/*`: {shares}" in review.markdown

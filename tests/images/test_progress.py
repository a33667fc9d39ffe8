"""What is shown while images are built: plain lines with times where nobody watches, a live picture on a terminal."""

from __future__ import annotations

import asyncio
import io

import pytest
from rich.console import Console

from colonnade.images import progress as subject
from colonnade.images.progress import Progress


def shown(*, terminal: bool, seconds: float) -> str:
    """Everything that was written while one image was built for a while."""
    written = io.StringIO()
    progress = Progress(Console(file=written, force_terminal=terminal, width=80))

    async def work() -> None:
        async with progress.shown():
            with progress.step("orders", "building") as on_line:
                on_line("STEP 1: [not markup]")
                await asyncio.sleep(seconds)
            progress.say("orders: built")

    asyncio.run(work())
    return written.getvalue()


def test_where_nobody_watches_a_long_build_says_now_and_then_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "_HEARTBEAT_SECONDS", 0.05)
    lines = shown(terminal=False, seconds=0.2).splitlines()

    assert lines[0] == "orders: building ..."
    assert lines[1] == "  orders: building, 0 s: STEP 1: [not markup]"
    assert lines[-1] == "orders: built"


def test_a_short_build_says_when_it_begins_and_how_it_ended_and_nothing_between() -> None:
    assert shown(terminal=False, seconds=0.01).splitlines() == ["orders: building ...", "orders: built"]


def test_a_terminal_shows_what_runs_and_takes_it_away() -> None:
    written = shown(terminal=True, seconds=0.4)

    assert "orders: building, 0 s: STEP 1: [not markup]" in written
    assert "orders: built" in written
    assert "\x1b[2K" in written  # the picture's lines are cleared

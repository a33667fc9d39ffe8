"""Long work is shown: as lines with address, what and seconds, or as one live picture on a terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from colonnade_sandbox.progress import Progress
from colonnade_sandbox.terraform.events import Diagnostic, PlannedChange, ResourceEvent


class _Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def _event(address: str, phase: str, *, action: str = "create", seconds: int = 0) -> ResourceEvent:
    return ResourceEvent(address=address, action=action, phase=phase, seconds=seconds)  # type: ignore[arg-type]


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


def _progress(clock: _Clock, *, terminal: bool = False) -> tuple[Progress, io.StringIO]:
    output = io.StringIO()
    return Progress(Console(file=output, width=60, force_terminal=terminal, color_system=None), clock), output


def test_each_resource_that_is_done_is_a_line(clock: _Clock) -> None:
    progress, output = _progress(clock)
    with progress.step("Applying a"):
        progress.on_event(_event("aws_lb.this", "start"))
        progress.on_event(_event("data.aws_x.y", "complete", action="read"))
        clock.now = 61
        progress.on_event(_event("aws_lb.this", "complete", seconds=61))
        progress.on_event(_event("aws_vpc.v", "errored", seconds=2))
    assert output.getvalue().splitlines() == [
        "Applying a ...",
        "  aws_lb.this: created, 61 s",
        "  aws_vpc.v: FAILED, 2 s",
        "Applying a: 1 resources, 61 s",
    ]


def test_what_takes_long_is_told_once_in_ten_seconds_for_all_of_it(clock: _Clock) -> None:
    progress, output = _progress(clock)
    with progress.step("Applying a"):
        for address in ("aws_lb.a", "aws_lb.b"):
            progress.on_event(_event(address, "start"))
        clock.now = 10
        for address in ("aws_lb.a", "aws_lb.b"):
            progress.on_event(_event(address, "progress", seconds=10))
    assert output.getvalue().splitlines()[1:-1] == ["  waiting: aws_lb.a creating for 10 s, aws_lb.b creating for 10 s"]


def test_a_long_line_is_not_broken(clock: _Clock) -> None:
    progress, output = _progress(clock)
    progress.say("word " * 40)
    assert len(output.getvalue().splitlines()) == 1


def test_brackets_are_text_and_no_markup(clock: _Clock) -> None:
    progress, output = _progress(clock)
    progress.say("aws_subnet.a[0] [bold]")
    assert output.getvalue() == "aws_subnet.a[0] [bold]\n"


def test_a_warning_is_told_and_an_error_left_to_whoever_fails(clock: _Clock) -> None:
    progress, output = _progress(clock)
    for severity in ("warning", "error"):
        progress.on_event(Diagnostic(severity=severity, summary=severity, detail="", address=""))
    assert output.getvalue() == "warning: warning\n"


def test_on_a_terminal_a_picture_shows_what_runs_and_how_far_it_is(clock: _Clock) -> None:
    progress, output = _progress(clock, terminal=True)
    with progress.step("Applying a"):
        for address in ("aws_lb.a", "aws_lb.b"):
            progress.on_event(PlannedChange(address=address, action="create"))
            progress.on_event(_event(address, "start"))
        progress.on_event(_event("aws_lb.a", "complete"))
        clock.now = 7
    shown = output.getvalue()
    assert "Applying a 1/2, 7 s" in shown
    assert "7 s  creating aws_lb.b" in shown
    assert "creating aws_lb.a" not in shown.split("1/2")[-1]


def test_a_step_that_fails_claims_no_end(clock: _Clock) -> None:
    progress, output = _progress(clock)
    with pytest.raises(RuntimeError), progress.step("Applying a"):
        raise RuntimeError
    assert output.getvalue() == "Applying a ...\n"

"""Terraform's events are shown as parts of the running step. `tests.terminal` tests how parts are printed."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from colonnade.terminal.progress import Progress
from colonnade_sandbox.terraform.events import Diagnostic, Phase, PlannedChange, ResourceEvent
from colonnade_sandbox.terraform.progress import TerraformProgress
from colonnade_sandbox.terraform.resource_kinds import wait_reason


class _Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class _Shown:
    def __init__(self, clock: _Clock, *, terminal: bool = False) -> None:
        self.output = io.StringIO()
        console = Console(file=self.output, width=60, force_terminal=terminal, color_system=None)
        self.progress = Progress(console, clock)
        self.on_event = TerraformProgress(self.progress).on_event


def _event(address: str, phase: Phase, *, action: str = "create", seconds: int = 0) -> ResourceEvent:
    return ResourceEvent(address=address, action=action, phase=phase, seconds=seconds)


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


def test_created_resources_are_counted_data_sources_are_not_and_a_failure_is_a_line(clock: _Clock) -> None:
    shown = _Shown(clock)
    with shown.progress.step("Applying a"):
        shown.on_event(_event("aws_lb.this", "start"))
        shown.on_event(_event("data.aws_x.y", "complete", action="read"))
        clock.now = 61
        shown.on_event(_event("aws_lb.this", "complete", seconds=61))
        shown.on_event(_event("aws_vpc.v", "errored", seconds=2))
    assert shown.output.getvalue().splitlines() == [
        "Applying a ...",
        "  aws_vpc.v: FAILED, 2 s",
        "Applying a: 1 resource, 61 s",
    ]


def test_resources_of_stacks_that_run_in_parallel_are_counted_by_group_and_shown_with_their_stack(
    clock: _Clock,
) -> None:
    shown = _Shown(clock)
    with shown.progress.step("Applying the base: a, b"):
        for address in ("aws_lb.this", "aws_lb_listener.https", "aws_vpc.this"):
            shown.on_event(_event(address, "start"), "a")
            shown.on_event(_event(address, "complete"), "a")
        shown.on_event(_event("aws_lb.this", "start"), "b")
        clock.now = 61
        shown.progress.beat()
        shown.on_event(_event("aws_lb.this", "errored", seconds=61), "b")
    assert shown.output.getvalue().splitlines() == [
        "Applying the base: a, b ...",
        f"  waiting: b: aws_lb.this creating for 61 s ({wait_reason('aws_lb.this', 'create')})",
        "  b: aws_lb.this: FAILED, 61 s",
        "Applying the base: a, b: 3 resources, 61 s (load balancer 2, network 1)",
    ]


def test_a_warning_is_printed_and_an_error_is_not(clock: _Clock) -> None:
    shown = _Shown(clock)
    for severity in ("warning", "error"):
        shown.on_event(Diagnostic(severity=severity, summary=severity, detail="", address=""))
    assert shown.output.getvalue() == "warning: warning\n"


def test_a_terminal_shows_the_running_resources_and_the_progress(clock: _Clock) -> None:
    shown = _Shown(clock, terminal=True)
    with shown.progress.step("Applying a"):
        for address in ("aws_lb.a", "aws_lb.b"):
            shown.on_event(PlannedChange(address=address, action="create"))
            shown.on_event(_event(address, "start"))
        shown.on_event(_event("aws_lb.a", "complete"))
        clock.now = 7
    assert "Applying a 1/2, 7 s" in shown.output.getvalue()
    assert "7 s  creating aws_lb.b" in shown.output.getvalue()


def test_an_event_outside_of_a_step_shows_nothing(clock: _Clock) -> None:
    shown = _Shown(clock)
    shown.on_event(_event("aws_lb.a", "complete"))
    assert shown.output.getvalue() == ""

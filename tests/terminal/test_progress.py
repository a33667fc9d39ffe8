"""The display of long work: plain lines with times, or one live display on a terminal."""

from __future__ import annotations

import io
import threading
import time

import pytest
from rich.console import Console

from colonnade.terminal import progress as subject
from colonnade.terminal.progress import Progress
from tests.support.waiting import wait_until


class _Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


def _progress(clock: _Clock, *, terminal: bool = False, verbose: bool = False) -> tuple[Progress, io.StringIO]:
    output = io.StringIO()
    console = Console(file=output, width=60, force_terminal=terminal, color_system=None)
    return Progress(console, clock, verbose=verbose), output


def test_the_parts_that_are_done_are_counted_by_group(clock: _Clock) -> None:
    progress, output = _progress(clock)
    with progress.step("Applying a") as step:
        step.begin("data.aws_x.y", "reading")
        step.end("data.aws_x.y")
        for name in ("aws_vpc.v", "aws_subnet.s"):
            step.end(name, "created, 1 s", counted_as="network")
        clock.now = 61
        step.end("aws_lb.this", "created, 61 s", counted_as="load balancer")
        step.fail("aws_ecs_service.s", "FAILED, 2 s")
    assert output.getvalue().splitlines() == [
        "Applying a ...",
        "  aws_ecs_service.s: FAILED, 2 s",
        "Applying a: 3 resources, 61 s (network 2, load balancer 1)",
    ]


@pytest.mark.parametrize("terminal", [False, True])
def test_a_verbose_step_prints_a_line_for_each_part(clock: _Clock, terminal: bool) -> None:
    progress, output = _progress(clock, terminal=terminal, verbose=True)
    with progress.step("Applying a") as step:
        step.end("aws_lb.this", "created, 61 s", counted_as="load balancer")
    assert "  aws_lb.this: created, 61 s\n" in output.getvalue()


def test_a_heartbeat_is_one_line_every_ten_seconds_for_all_running_parts(clock: _Clock) -> None:
    progress, output = _progress(clock)
    with progress.step("Applying a") as step:
        for part in ("aws_lb.a", "aws_lb.b"):
            step.begin(part, "creating")
        for clock.now in (5, 10, 15):
            progress.beat()
    assert output.getvalue().splitlines()[1:-1] == ["  waiting: aws_lb.a creating for 10 s, aws_lb.b creating for 10 s"]


def test_a_heartbeat_names_the_oldest_parts_and_why_they_wait(clock: _Clock) -> None:
    progress, output = _progress(clock)
    with progress.step("Applying a") as step:
        step.begin("aws_lb.a", "creating", "it takes a minute")
        for part in "bcd":
            step.begin(part, "creating")
        clock.now = 10
        progress.beat()
    (line,) = output.getvalue().splitlines()[1:-1]
    assert line.startswith("  waiting: aws_lb.a creating for 10 s (it takes a minute), b creating for 10 s, c ")
    assert line.endswith(", and 1 more")


def test_the_heartbeat_of_several_steps_shows_the_last_output_of_each(clock: _Clock) -> None:
    progress, output = _progress(clock)
    with progress.step("orders: building") as orders, progress.step("users: building"):
        orders.note("STEP 1: [not markup]")
        clock.now = 12
        progress.beat()
    assert output.getvalue().splitlines()[2:4] == [
        "  orders: building, 12 s: STEP 1: [not markup]",
        "  users: building, 12 s",
    ]


def test_a_heartbeat_is_printed_by_a_thread_that_ends_with_the_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "HEARTBEAT_SECONDS", 0.05)
    output = io.StringIO()
    progress = Progress(Console(file=output, width=60))
    with progress.step("Waiting"):
        wait_until(lambda: "  Waiting, 0 s\n" in output.getvalue())
    wait_until(lambda: "heartbeat" not in {thread.name for thread in threading.enumerate()})
    written = output.getvalue()
    time.sleep(0.2)
    assert output.getvalue() == written


def test_a_short_step_is_two_lines_and_the_second_can_be_set(clock: _Clock) -> None:
    progress, output = _progress(clock)
    with progress.step("orders: building") as step:
        step.close_with("orders: built")
    assert output.getvalue().splitlines() == ["orders: building ...", "orders: built"]


def test_a_failed_step_prints_no_closing_line(clock: _Clock) -> None:
    progress, output = _progress(clock)
    with pytest.raises(RuntimeError), progress.step("Applying a"):
        raise RuntimeError
    assert output.getvalue() == "Applying a ...\n"
    assert progress.current is None


def test_a_long_line_is_not_wrapped_and_brackets_are_not_markup(clock: _Clock) -> None:
    progress, output = _progress(clock)
    progress.say("aws_subnet.a[0] [bold] " * 10)
    assert output.getvalue() == "aws_subnet.a[0] [bold] " * 10 + "\n"


def test_a_terminal_shows_the_running_parts_and_the_count_and_clears_them(clock: _Clock) -> None:
    progress, output = _progress(clock, terminal=True)
    with progress.step("Applying a") as step:
        assert progress.current is step
        for part in ("aws_lb.a", "aws_lb.b"):
            step.expect()
            step.begin(part, "creating")
        step.end("aws_lb.a", "created", counted_as="load balancer")
        step.note("[not markup]")
        clock.now = 7
    shown = output.getvalue()
    assert "Applying a 1/2, 7 s: [not markup]" in shown
    assert "7 s  creating aws_lb.b" in shown
    assert "creating aws_lb.a" not in shown.split("1/2")[-1]
    assert "aws_lb.a: created" not in shown
    assert "\x1b[2K" in shown  # the lines of the display are cleared
    assert shown.rstrip().endswith("Applying a: 1 resource, 7 s")

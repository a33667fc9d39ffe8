"""Progress of long work: a live display on a terminal, plain lines with a heartbeat elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

HEARTBEAT_SECONDS = 10.0
"""The longest time without a line while a step runs, without a terminal."""

_LISTED = 8


class Step:
    """A unit of work, made by `Progress.step`. Its methods may be called from any thread."""

    def __init__(self, progress: Progress, title: str, began: float, counted: str) -> None:
        self._progress = progress
        self._parts: dict[str, tuple[str, float]] = {}
        self._counted = counted
        self._expected = 0
        self._done = 0
        self._note = ""
        self._closing: str | None = None
        self.title = title
        self.began = began

    def note(self, line: str) -> None:
        """Show the last line of output beside the title."""
        self._note = line

    def expect(self, count: int = 1) -> None:
        """Add to the number of parts to be done."""
        self._expected += count

    def begin(self, part: str, doing: str) -> None:
        """Show a part of the step as running: `begin("aws_lb.this", "creating")`."""
        self._parts[part] = (doing, self._progress.now())

    def end(self, part: str, outcome: str | None = None, *, counts: bool = True) -> None:
        """Remove a part; without a terminal, print its outcome. `counts`: count it as done."""
        self._parts.pop(part, None)
        self._done += counts
        if outcome is not None:
            self._progress.detail(f"  {part}: {outcome}")

    def close_with(self, text: str) -> None:
        """Set the line that is printed at the end instead of the title and the seconds."""
        self._closing = text

    def closing(self) -> str:
        """Return the line to print at the end."""
        if self._closing is not None:
            return self._closing
        count = f"{self._done} {self._counted}, " if self._done else ""
        return f"{self.title}: {count}{self.seconds():.0f} s"

    def seconds(self) -> float:
        """Return how long the step has run."""
        return self._progress.now() - self.began

    def summary(self) -> str:
        """Return the step as one line of the live display."""
        total = f" {self._done}/{self._expected}" if self._expected else ""
        note = f": {self._note}" if self._note else ""
        return f"{self.title}{total}, {self.seconds():.0f} s{note}"

    def heartbeat(self) -> str:
        """Return the step as one plain line: its running parts, or the seconds it has run."""
        if not self._parts:
            return f"  {self.summary()}"
        now = self._progress.now()
        running = (f"{part} {doing} for {now - began:.0f} s" for part, (doing, began) in self._oldest())
        return f"  waiting: {', '.join(running)}"

    def rows(self) -> list[str]:
        """Return the running parts, the oldest first, one line each."""
        now = self._progress.now()
        oldest = self._oldest()
        rows = [f"    {now - began:4.0f} s  {doing} {part}" for part, (doing, began) in oldest[:_LISTED]]
        return [*rows, f"    and {len(oldest) - _LISTED} more"] if len(oldest) > _LISTED else rows

    def _oldest(self) -> list[tuple[str, tuple[str, float]]]:
        return sorted(self._parts.copy().items(), key=lambda item: item[1][1])


class Progress:
    """Prints to `console`. Several steps may run at once, and their lines may come from any thread."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._lock = threading.RLock()
        self._steps: list[Step] = []
        self._last_line = 0.0
        self._live: Live | None = None
        self._idle = threading.Event()
        self._spinner = Spinner("dots")
        self.now = clock

    def say(self, text: str = "") -> None:
        """Print one or more lines as they are."""
        with self._lock:
            self._last_line = self.now()
            self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def show(self, picture: RenderableType) -> None:
        """Print a table or another renderable of rich."""
        self._console.print(picture)

    def detail(self, text: str) -> None:
        """Print a line, unless a terminal shows it in its live display."""
        if not self._console.is_terminal:
            self.say(text)

    @property
    def current(self) -> Step | None:
        """The running step that began last; None if no step runs."""
        steps = self._steps
        return steps[-1] if steps else None

    @contextmanager
    def step(self, title: str, *, counted: str = "resources") -> Iterator[Step]:
        """Show a step while it runs, and its seconds when it ends without an error.

        `counted`: the plural noun for the parts of the step.
        """
        step = Step(self, title, self.now(), counted)
        self.detail(f"{title} ...")
        self._add(step)
        try:
            yield step
        finally:
            self._remove(step)
        self.say(step.closing())

    def beat(self) -> None:
        """Print a line for each step that runs, unless one was printed within HEARTBEAT_SECONDS."""
        with self._lock:
            if self.now() - self._last_line >= HEARTBEAT_SECONDS:
                for step in tuple(self._steps):
                    self.say(step.heartbeat())

    def _add(self, step: Step) -> None:
        with self._lock:
            self._steps.append(step)
            if len(self._steps) > 1:
                return
            if self._console.is_terminal:
                self._live = Live(get_renderable=self._picture, console=self._console, transient=True)
                self._live.start(refresh=True)
            else:
                self._idle = threading.Event()
                threading.Thread(target=self._follow, args=(self._idle,), name="heartbeat", daemon=True).start()

    def _remove(self, step: Step) -> None:
        with self._lock:
            last, live = len(self._steps) == 1, self._live
            if last and live is not None:
                live.refresh()
            self._steps.remove(step)
            if last:
                self._live = None
                self._idle.set()
        if last and live is not None:
            live.stop()  # without the lock: its thread may be drawing

    def _follow(self, idle: threading.Event) -> None:
        while not idle.wait(HEARTBEAT_SECONDS / 10):
            self.beat()

    def _picture(self) -> Group:
        rows: list[RenderableType] = []
        for number, step in enumerate(tuple(self._steps)):
            if number == 0:
                self._spinner.update(text=Text(step.summary(), no_wrap=True, overflow="ellipsis"))
                rows.append(self._spinner)
            else:
                rows.append(Text(f"  {step.summary()}", no_wrap=True, overflow="ellipsis"))
            rows += [Text(row, style="dim", no_wrap=True, overflow="ellipsis") for row in step.rows()]
        return Group(*rows)

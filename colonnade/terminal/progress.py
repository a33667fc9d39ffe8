"""Progress of long work: a live display on a terminal, plain lines with a heartbeat elsewhere."""

from __future__ import annotations

import os
import select
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

HEARTBEAT_SECONDS = 10.0
"""The longest time without a line while a step runs, without a terminal."""

_LISTED = 8
_LISTED_PLAIN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    doing: str
    why: str
    began: float

    def heartbeat(self, name: str, now: float) -> str:
        reason = f" ({self.why})" if self.why else ""
        return f"{name} {self.doing} for {now - self.began:.0f} s{reason}"


class Step:
    """A unit of work, made by `Progress.step`. Its methods may be called from any thread."""

    def __init__(self, progress: Progress, title: str, began: float, counted: str) -> None:
        self._progress = progress
        self._parts: dict[str, _Part] = {}
        self._counted = counted
        self._expected = 0
        self._done: Counter[str] = Counter()
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

    def begin(self, part: str, doing: str, why: str = "") -> None:
        """Show a part of the step as running: `begin("aws_lb.this", "creating", "a load balancer takes a minute")`."""
        self._parts[part] = _Part(doing=doing, why=why, began=self._progress.now())

    def end(self, part: str, outcome: str | None = None, *, counted_as: str | None = None) -> None:
        """Remove a part; print its outcome if the output is verbose. `counted_as`: the group in which it is counted."""
        self._parts.pop(part, None)
        if counted_as is not None:
            self._done[counted_as] += 1
        if outcome is not None and self._progress.verbose:
            self._progress.say(f"  {part}: {outcome}")

    def fail(self, part: str, outcome: str) -> None:
        """Remove a part that failed, and print why where there is no terminal."""
        self._parts.pop(part, None)
        self._progress.detail(f"  {part}: {outcome}")

    def close_with(self, text: str) -> None:
        """Set the line that is printed at the end instead of the title and the seconds."""
        self._closing = text

    def closing(self) -> str:
        """Return the line to print at the end."""
        if self._closing is not None:
            return self._closing
        total = self._done.total()
        noun = self._counted.removesuffix("s") if total == 1 else self._counted
        count = f"{total} {noun}, " if total else ""
        largest_first = sorted(self._done.items(), key=lambda group: (-group[1], group[0].casefold()))
        groups = ", ".join(f"{name} {number}" for name, number in largest_first)
        return f"{self.title}: {count}{self.seconds():.0f} s" + (f" ({groups})" if len(self._done) > 1 else "")

    def seconds(self) -> float:
        """Return how long the step has run."""
        return self._progress.now() - self.began

    def summary(self) -> str:
        """Return the step as one line of the live display."""
        total = f" {self._done.total()}/{self._expected}" if self._expected else ""
        note = f": {self._note}" if self._note else ""
        return f"{self.title}{total}, {self.seconds():.0f} s{note}"

    def heartbeat(self) -> str:
        """Return the step as one plain line: its running parts, or the seconds it has run."""
        if not self._parts:
            return f"  {self.summary()}"
        oldest = self._oldest()
        running = [part.heartbeat(name, self._progress.now()) for name, part in oldest[:_LISTED_PLAIN]]
        more = [f"and {len(oldest) - _LISTED_PLAIN} more"] if len(oldest) > _LISTED_PLAIN else []
        return f"  waiting: {', '.join(running + more)}"

    def rows(self) -> list[str]:
        """Return the running parts, the oldest first, one line each."""
        now = self._progress.now()
        oldest = self._oldest()
        rows = [f"    {now - part.began:4.0f} s  {part.doing} {name}" for name, part in oldest[:_LISTED]]
        return [*rows, f"    and {len(oldest) - _LISTED} more"] if len(oldest) > _LISTED else rows

    def _oldest(self) -> list[tuple[str, _Part]]:
        return sorted(self._parts.copy().items(), key=lambda item: item[1].began)


class OutputConsole(Console):
    """A console that prints nothing more when its reader has gone, as after `| head -1`, and reports that."""

    def reader_has_gone(self) -> bool:
        """Return whether the output is a pipe that has no reader any more, also while there is nothing to print."""
        with suppress(OSError, ValueError):  # an output without a file descriptor
            poll = select.poll()
            poll.register(self.file.fileno(), 0)
            if not self.quiet and any(event & select.POLLERR for _, event in poll.poll(0)):
                self.on_broken_pipe()
        return self.quiet

    def on_broken_pipe(self) -> None:
        """Discard all further output. Rich's own method raises SystemExit, in whichever thread prints."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), self.file.fileno())


class Progress:
    """Prints to `console`. Several steps may run at once, and their lines may come from any thread.

    `verbose`: print a line for each part of a step, too.
    """

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic, *, verbose: bool = False) -> None:
        self.verbose = verbose
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

    def reader_has_gone(self) -> bool:
        """Return whether no one reads the output any more; only an OutputConsole knows."""
        return isinstance(self._console, OutputConsole) and self._console.reader_has_gone()

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

"""Shows what takes long: Terraform's events as a live display on a terminal, as plain lines elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from colonnade_sandbox.terraform.events import Diagnostic, Event, PlannedChange, ResourceEvent

_HEARTBEAT_SECONDS = 10.0
_LISTED = 8
_PAST = {"create": "created", "update": "changed", "delete": "destroyed"}
_PRESENT = {"create": "creating", "update": "changing", "delete": "destroying", "read": "reading"}


@dataclass(slots=True)
class _Work:
    """What one step has done so far."""

    began: float
    planned: int = 0
    done: int = 0
    running: dict[str, tuple[str, float]] = field(default_factory=dict)
    """Action and start, by resource address."""


class Progress:
    """Prints to `console`. Steps do not nest; events may come from another thread."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._lock = threading.Lock()
        self._work: _Work | None = None
        self._last_line = 0.0

    def say(self, text: str = "") -> None:
        """One or more lines, as they are."""
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    def show(self, picture: RenderableType) -> None:
        """A table, or whatever else rich can draw."""
        self._console.print(picture)

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Something that takes a while; says how long it took when it ends well."""
        work = self._work = _Work(began=self._clock())
        self._last_line = work.began
        if self._console.is_terminal:
            spinner = Spinner("dots")
            with Live(get_renderable=lambda: self._picture(title, spinner), console=self._console, transient=True):
                yield
        else:
            self.say(f"{title} ...")
            yield
        self._work = None
        count = f"{work.done} resources, " if work.done else ""
        self.say(f"{title}: {count}{self._clock() - work.began:.0f} s")

    def on_event(self, event: Event) -> None:
        """One of Terraform's events, within a step."""
        with self._lock:
            if isinstance(event, Diagnostic) and event.severity == "warning":
                self.say(f"warning: {event.summary}")
            elif isinstance(event, PlannedChange) and self._work is not None:
                self._work.planned += 1
            elif isinstance(event, ResourceEvent) and self._work is not None:
                self._on_resource(self._work, event)

    def _on_resource(self, work: _Work, event: ResourceEvent) -> None:
        if event.phase == "start":
            work.running[event.address] = (event.action, self._clock())
        elif event.phase == "progress":
            self._heartbeat(work)
        else:
            work.running.pop(event.address, None)
            if event.action == "read":
                return
            work.done += event.phase == "complete"
            if not self._console.is_terminal:
                past = _PAST.get(event.action, event.action) if event.phase == "complete" else "FAILED"
                self._line(f"  {event.address}: {past}, {event.seconds} s")

    def _heartbeat(self, work: _Work) -> None:
        """Terraform reports each running resource every 10 s; one line for all of them is enough."""
        now = self._clock()
        if self._console.is_terminal or now - self._last_line < _HEARTBEAT_SECONDS:
            return
        running = sorted(work.running.items(), key=lambda item: item[1][1])
        names = (
            f"{address} {_PRESENT.get(action, action)} for {now - began:.0f} s" for address, (action, began) in running
        )
        self._line(f"  waiting: {', '.join(names)}")

    def _line(self, text: str) -> None:
        self._last_line = self._clock()
        self.say(text)

    def _picture(self, title: str, spinner: Spinner) -> Group:
        with self._lock:
            work = self._work
            if work is None:
                return Group()
            now = self._clock()
            total = f" {work.done}/{work.planned}" if work.planned else ""
            spinner.update(text=f"{title}{total}, {now - work.began:.0f} s")
            rows: list[Spinner | Text] = [spinner]
            oldest = sorted(work.running.items(), key=lambda item: item[1][1])
            for address, (action, began) in oldest[:_LISTED]:
                row = f"    {now - began:4.0f} s  {_PRESENT.get(action, action)} {address}"
                rows.append(Text(row, style="dim", no_wrap=True, overflow="ellipsis"))
            if len(oldest) > _LISTED:
                rows.append(Text(f"    and {len(oldest) - _LISTED} more", style="dim"))
            return Group(*rows)

"""Shows what several images are doing at once: a line each on a terminal, plain lines with times elsewhere."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

_HEARTBEAT_SECONDS = 10.0


@dataclass(slots=True)
class _Work:
    began: float
    title: str
    last_line: str = ""


class Progress:
    """Prints to `console`; everything happens in one thread."""

    def __init__(self, console: Console, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._running: dict[str, _Work] = {}

    def say(self, text: str) -> None:
        """One or more lines, as they are."""
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)

    @asynccontextmanager
    async def shown(self) -> AsyncIterator[None]:
        """Shows what runs, as long as the block does: live on a terminal, else every ten seconds."""
        if self._console.is_terminal:
            with Live(get_renderable=self._picture, console=self._console, transient=True, refresh_per_second=4):
                yield
            return
        beating = asyncio.create_task(self._beat())
        try:
            yield
        finally:
            beating.cancel()

    @contextmanager
    def step(self, name: str, title: str) -> Iterator[Callable[[str], None]]:
        """Something that takes a while; gives what takes the lines that it says. The caller tells how it ended."""
        self._running[name] = work = _Work(began=self._clock(), title=title)
        if not self._console.is_terminal:
            self.say(f"{name}: {title} ...")
        try:
            yield lambda line: setattr(work, "last_line", line)
        finally:
            del self._running[name]

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(_HEARTBEAT_SECONDS)
            for row in self._rows():
                self.say(row)

    def _rows(self) -> list[str]:
        now = self._clock()
        return [
            f"  {name}: {work.title}, {now - work.began:.0f} s: {work.last_line}"
            for name, work in self._running.items()
        ]

    def _picture(self) -> Group:
        return Group(*(Text(row, no_wrap=True, overflow="ellipsis") for row in self._rows()))

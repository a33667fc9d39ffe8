"""The output of log lines: as text, with a color for each service on a terminal, or as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

import click

from colonnade.operate.health_check_lines import is_health_check
from colonnade.operate.logs import Line

_COLORS = ("cyan", "yellow", "green", "magenta", "blue", "bright_red")
_TASK_LENGTH = 8


def print_lines(lines: Iterable[Line], *, as_json: bool, health_checks: bool) -> tuple[int, int]:
    """Print the lines as they come, and return the numbers of printed lines and of health checks left out.

    With `health_checks`, the lines of health checks are printed too.
    """
    text, shown, left_out = LineText(), 0, 0
    for line in lines:
        service = line.service.service
        path, matcher = service.health_check_path, service.health_check_matcher
        if not health_checks and is_health_check(line.message, path=path, matcher=matcher):
            left_out += 1
            continue
        click.echo(line_document(line) if as_json else text.text(line))
        shown += 1
    return shown, left_out


class LineText:
    """A formatter that gives each service a color, in the order in which they first appear."""

    def __init__(self) -> None:
        self._colors: dict[str, str] = {}
        self._width = 0

    def text(self, line: Line) -> str:
        """Return the time on this machine's clock, the service, the start of the task's id, and the message."""
        service = line.service.service.name
        name = service if line.container == service else f"{service}/{line.container}"
        color = self._colors.setdefault(line.service.name, _COLORS[len(self._colors) % len(_COLORS)])
        self._width = max(self._width, len(name))
        head = f"{precise_time(line.at)} {name.ljust(self._width)} {line.task[:_TASK_LENGTH]}"
        return f"{click.style(head, fg=color)}  {line.message}"


def precise_time(at: datetime) -> str:
    """Return the time on this machine's clock with milliseconds, with the day if it is not today."""
    local = at.astimezone()
    today = local.date() == datetime.now().astimezone().date()
    return local.strftime("%H:%M:%S.%f" if today else "%Y-%m-%d %H:%M:%S.%f")[:-3]


def line_document(line: Line) -> str:
    """Return the line as one JSON object; its message is unchanged."""
    return json.dumps(
        {
            "at": line.at.isoformat(timespec="milliseconds"),
            "deployment": line.service.deployment.name,
            "service": line.service.service.name,
            "task": line.task,
            "container": line.container,
            "message": line.message,
        }
    )

"""The exit statuses of every command, as `--help` documents them."""

from __future__ import annotations

from enum import IntEnum


class ExitStatus(IntEnum):
    """The status that a command ends with; a command ended by a signal has `by_signal` instead."""

    OK = 0
    """The command succeeded."""
    FAILED = 1
    """The command failed for a reason other than its input."""
    WRONG_INPUT = 2
    """The command line, a file or a value breaks a rule; nothing was changed."""
    STOPPED = 3
    """A rule stopped the command: a change that needs approval, or an illegal step of a migration."""


def by_signal(number: int) -> int:
    """Return the exit status of a command that signal `number` ended, as shells report it: 130 for SIGINT."""
    return 128 + number

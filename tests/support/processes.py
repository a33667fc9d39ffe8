"""Processes of this machine, by command line or number."""

from __future__ import annotations

import os
from pathlib import Path


def running_with(*command_line: str) -> int:
    """Return the number of processes with exactly this command line."""
    wanted = "".join(f"{word}\0" for word in command_line).encode()
    found = 0
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found += entry.read_bytes() == wanted
        except OSError:  # it has ended
            continue
    return found


def ended(pid: int) -> bool:
    """Return True if every thread of the process has ended, even if its parent has not read its exit status.

    Until the last thread has ended, the sockets of the process are open.
    """
    try:
        threads = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/stat")]
    except (FileNotFoundError, ProcessLookupError):  # a thread has ended since it was listed
        return not Path(f"/proc/{pid}").exists()
    return all(status.rpartition(")")[2].split()[0] in "ZX" for status in threads)


def running_below(folder: Path) -> dict[int, str]:
    """Return the command line of each process, by its id, whose working directory or environment names the folder."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            inside = (entry / "cwd").readlink().is_relative_to(folder)
            if (inside or os.fsencode(folder) in (entry / "environ").read_bytes()) and not ended(int(entry.name)):
                found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:  # it has ended, or belongs to another user
            continue
    return found

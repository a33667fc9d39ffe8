"""Processes of this machine, by command line or number."""

from __future__ import annotations

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
    """Return True if the process has ended, even if its parent has not read its exit status."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True
    return status.rpartition(")")[2].split()[0] in "ZX"

"""A script that starts one process like a container engine; `tests.support.containers` runs it under `unshare`.

    unshare --mount --pid --net --fork python contained.py '{"root": …, "user": …, "folder": …, "command": …, …}'

The process has its own namespaces: the image's file system as its read-only root, its own /proc and /dev, only the
loopback interface, and the image's user without capabilities. It runs the image's command, with process id 1.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

_SIOCSIFFLAGS, _IFF_UP = 0x8914, 0x1


def main(settings: dict[str, Any]) -> None:
    """Replace this process with the container's process."""
    root = settings["root"]
    # Before /proc is mounted again: the process id outside of the namespace.
    Path(settings["pid_file"]).write_text(str(Path("/proc/self").readlink()))
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh", b"lo", _IFF_UP))
    _mount("--bind", root, root)
    _mount("--types", "proc", "proc", f"{root}/proc")
    _mount("--bind", "/dev", f"{root}/dev")
    _mount("--options", "remount,bind,ro", root)
    os.chroot(root)
    os.chdir(settings["folder"])
    user, group = map(int, settings["user"].split(":"))
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)
    os.execvpe(settings["command"][0], settings["command"], settings["variables"])  # noqa: S606


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)  # noqa: S607


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))

"""Starts one process the way a container engine would; `tests.support.containers` runs this file under `unshare`.

    unshare --mount --pid --net --fork python contained.py '{"root": …, "user": …, "folder": …, "command": …, …}'

In namespaces of its own: the image's file system as its root, read-only; its own /proc and /dev; loopback and nothing
else; the image's user, without capabilities. The process itself is what the image starts, with process id 1.
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


def main(wish: dict[str, Any]) -> None:
    """Becomes the process."""
    root = wish["root"]
    # Before /proc is another one: its number as whoever started this sees it.
    Path(wish["pid_file"]).write_text(str(Path("/proc/self").readlink()))
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sh", b"lo", _IFF_UP))
    _mount("--bind", root, root)
    _mount("--types", "proc", "proc", f"{root}/proc")
    _mount("--bind", "/dev", f"{root}/dev")
    _mount("--options", "remount,bind,ro", root)
    os.chroot(root)
    os.chdir(wish["folder"])
    user, group = map(int, wish["user"].split(":"))
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)
    os.execvpe(wish["command"][0], wish["command"], wish["variables"])  # noqa: S606


def _mount(*arguments: str) -> None:
    subprocess.run(["mount", *arguments], check=True)  # noqa: S607


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))

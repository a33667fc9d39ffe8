"""A program that creates a container's Linux namespaces and runs its command in them. It is not imported.

`python -I -S launch.py SPECIFICATION`. SPECIFICATION is a JSON object: `parent` (the expected process id of this
process's parent), `status` (a file descriptor for reports), `command`, `private` and `join`. `private` is null where
user namespaces are not allowed. Otherwise it contains `host_name`, `etc` (a folder that becomes the task's /etc) and
`machine_etc` (where the machine's own /etc moves to). `join` is null, or the process id of a running container: the
command then runs in its namespaces, as a health check does.

    sandbox -> this process: user, mount, host name and process id namespaces -> the command as process 1

When the sandbox ends, even by SIGKILL, the kernel signals this process (parent death signal). This process then ends
the task and its process group. In a process namespace the kernel also ends every other process together with
process 1. As in a container, process 1 receives only SIGKILL and the signals that it has a handler for. This program
reports "process ID" once, "error TEXT" if something fails, and closes the descriptor when the command is executed.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any

# linux/sched.h, linux/mount.h, linux/prctl.h; Python 3.11 has no os.unshare yet.
CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWUSER, CLONE_NEWPID = 0x0002_0000, 0x0400_0000, 0x1000_0000, 0x2000_0000
MS_BIND, MS_REC, MS_PRIVATE = 0x1000, 0x4000, 0x4_0000
PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None, use_errno=True)


def main(specification: dict[str, Any]) -> int:
    """Run the task and return its exit code: 128 + the signal's number if a signal ended it."""
    status = specification["status"]
    try:
        if specification["join"] is not None:
            _join_namespaces(specification["join"])
        elif specification["private"] is not None:
            _enter_namespaces(**specification["private"])
        _set_death_signal(signal.SIGUSR1)  # after the namespaces: a change of capabilities clears it
        if os.getppid() != specification["parent"]:
            return 1
        task = os.fork()
    except OSError as error:
        os.write(status, f"error {error}\n".encode())
        return 1
    if task == 0:
        _execute(specification["command"], status)
    os.write(status, f"process {task}\n".encode())
    os.close(status)
    return _wait(task)


def _enter_namespaces(*, host_name: str, etc: str, machine_etc: str) -> None:
    user, group = os.getuid(), os.getgid()
    _check(_libc.unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWPID), "unshare")
    # Only the user itself is mapped: capabilities last until the command is executed, so the task runs with the rights
    # of the user.
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1", encoding="ascii")
    _mount("none", "/", MS_REC | MS_PRIVATE)
    _mount("/etc", machine_etc, MS_BIND | MS_REC)
    _mount(etc, "/etc", MS_BIND)
    socket.sethostname(host_name)


def _join_namespaces(process_id: int) -> None:
    directory = Path.cwd()
    container = os.pidfd_open(process_id)
    _check(_libc.setns(container, CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWPID), "setns")
    os.close(container)
    os.chdir(directory)  # the mount namespace begins at its root


def _mount(source: str, target: str, flags: int) -> None:
    _check(_libc.mount(source.encode(), target.encode(), None, ctypes.c_ulong(flags), None), f"mount {target}")


def _check(result: int, call: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{call}: {os.strerror(number)}")


def _set_death_signal(number: signal.Signals) -> None:
    """Make the kernel send this process the signal when its parent has ended."""
    _check(_libc.prctl(PR_SET_PDEATHSIG, ctypes.c_ulong(number), 0, 0, 0), "prctl")


def _execute(command: list[str], status: int) -> None:
    try:
        os.set_inheritable(status, False)
        os.setpgid(0, 0)
        _set_death_signal(signal.SIGKILL)
        os.execvp(command[0], command)  # noqa: S606
    except OSError as error:
        os.write(status, f"error {command[0]}: {error.strerror}\n".encode())
    finally:
        os._exit(127)


def _wait(task: int) -> int:
    """Wait for the task and return its exit code.

    SIGTERM is passed on. The task is killed when the sandbox ends. What it leaves in its process group is killed, too.
    """
    signal.signal(signal.SIGTERM, lambda *_: os.kill(task, signal.SIGTERM))
    signal.signal(signal.SIGUSR1, lambda *_: os.kill(task, signal.SIGKILL))
    os.waitid(os.P_PID, task, os.WEXITED | os.WNOWAIT)
    with contextlib.suppress(OSError):
        os.killpg(task, signal.SIGKILL)
    _, status = os.waitpid(task, 0)
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))

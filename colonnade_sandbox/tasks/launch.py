"""A program that creates a container's Linux namespaces and runs its command in them. It is not imported.

`python -I -S launch.py SPECIFICATION`. SPECIFICATION is a JSON object: `parent` (the expected process id of this
process's parent), `status` (a file descriptor for reports), `command`, `init`, `limits` (soft and hard resource limits
by name), `private` and `join`. `private` is null where user namespaces are not allowed. Otherwise it contains
`host_name`, the container's `files`, and `stage`, an empty folder. `join` is null, or the process id of a running
container: the command then runs in its namespaces, as a health check does.

    sandbox -> this process: user, mount, host name and process id namespaces -> the command as process 1

When the sandbox ends, even by SIGKILL, the kernel signals this process (parent death signal). This process then ends
the container and its process group. In a process namespace the kernel also ends every other process together with
process 1. As in a container, process 1 receives only SIGKILL and the signals that it has a handler for; with `init`,
process 1 is this program, which forwards signals to the command and reaps processes. This program reports "process ID"
once, "error TEXT" if something fails, and closes the descriptor when the command is executed.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import signal
import socket
import sys
from pathlib import Path
from typing import Any

# linux/sched.h, linux/mount.h, linux/prctl.h; Python 3.11 has no os.unshare yet.
CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWUSER, CLONE_NEWPID = 0x0002_0000, 0x0400_0000, 0x1000_0000, 0x2000_0000
MS_NOSUID, MS_NODEV, MS_NOEXEC = 0x2, 0x4, 0x8
MS_BIND, MS_MOVE, MS_REC, MS_PRIVATE = 0x1000, 0x2000, 0x4000, 0x4_0000
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
SYS_MOUNT_SETATTR, AT_FDCWD, AT_RECURSIVE, MOUNT_ATTR_RDONLY = 442, -100, 0x8000, 0x1

_libc = ctypes.CDLL(None, use_errno=True)


def main(specification: dict[str, Any]) -> int:
    """Run the task and return its exit code: 128 + the signal's number if a signal ended it."""
    status = specification["status"]
    try:
        if specification["join"] is not None:
            _join_namespaces(specification["join"])
        elif specification["private"] is not None:
            _enter_namespaces(**specification["private"])
        # After the namespaces are created, because a change of capabilities clears the signal.
        _set_death_signal(signal.SIGUSR1)
        if os.getppid() != specification["parent"]:
            return 1
        task = os.fork()
    except OSError as error:
        os.write(status, f"error {error}\n".encode())
        return 1
    if task == 0:
        _execute(specification, status)
    os.write(status, f"process {task}\n".encode())
    os.close(status)
    return _wait(task)


def _enter_namespaces(*, host_name: str, stage: str, files: dict[str, Any]) -> None:
    user, group = os.getuid(), os.getgid()
    _check(_libc.unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWPID), "unshare")
    # Only the user itself is mapped: capabilities last until the command is executed, so the task runs with the rights
    # of the user.
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1", encoding="ascii")
    directory = Path.cwd()
    _mount("none", "/", MS_REC | MS_PRIVATE)
    _mount_files(Path(stage), **files)
    os.chdir(directory)  # again, because the root may be another mount now
    socket.sethostname(host_name)


def _mount_files(
    stage: Path, *, etc: str, machine_etc: str, read_only_root: bool, mounts: list[dict[str, Any]], kept: list[str]
) -> None:
    """Mount `etc` as /etc, and what the container definition declares. The machine's own files stay unchanged.

    `kept` are the folders that the command needs, such as that of the app. If a mount covers such a folder, it is
    mounted again at its place.
    """
    _mount("/etc", machine_etc, MS_BIND | MS_REC)
    _mount(etc, "/etc", MS_BIND)
    # A path under /proc/self/fd still leads to a folder that a mount has covered.
    folders = {path: f"/proc/self/fd/{os.open(path, os.O_PATH)}" for path in (*kept, *_sources(mounts))}
    for mount in mounts:
        _make_mount_point(Path(mount["path"]), stage)
    if read_only_root:
        _make_read_only("/", AT_RECURSIVE)
        _mount("tmpfs", "/dev/shm", MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=64m")  # noqa: S108  (as in a container)
    for mount in mounts:
        if mount["source"] is None:
            _mount("tmpfs", mount["path"], MS_NOSUID | MS_NODEV, f"size={mount['size_mib']}m,mode=1777")
        else:
            _mount(folders[mount["source"]], mount["path"], MS_BIND)
        for path in kept:
            if Path(mount["path"]) in Path(path).parents:
                Path(path).mkdir(parents=True, exist_ok=True)
                _mount(folders[path], path, MS_BIND | MS_REC)
                _make_read_only(path, AT_RECURSIVE)
        if mount["read_only"]:
            _make_read_only(mount["path"])
    for folder in folders.values():
        os.close(int(Path(folder).name))


def _sources(mounts: list[dict[str, Any]]) -> list[str]:
    return [mount["source"] for mount in mounts if mount["source"] is not None]


def _make_mount_point(path: Path, stage: Path) -> None:
    """Create the folder in this mount namespace alone: cover its nearest parent with a tmpfs that has its entries."""
    if path.is_dir():
        return
    parent = next(each for each in path.parents if each.is_dir())
    entries = os.open(parent, os.O_PATH)
    _mount("tmpfs", str(stage), 0, "mode=755")
    for entry in list(os.scandir(f"/proc/self/fd/{entries}")):
        copy = stage / entry.name
        if entry.is_symlink():
            copy.symlink_to(Path(entry.path).readlink())
        else:
            copy.mkdir() if entry.is_dir() else copy.touch()
            _mount(entry.path, str(copy), MS_BIND | MS_REC)
    os.close(entries)
    (stage / path.relative_to(parent)).mkdir(parents=True)
    os.chdir(stage)
    _mount(".", str(parent), MS_MOVE)
    if parent == parent.parent:
        os.chroot(".")
    os.chdir("/")


def _join_namespaces(process_id: int) -> None:
    directory = Path.cwd()
    container = os.pidfd_open(process_id)
    _check(_libc.setns(container, CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWPID), "setns")
    os.close(container)
    os.chdir(directory)  # the mount namespace begins at its root


def _mount(source: str, target: str, flags: int, tmpfs_options: str | None = None) -> None:
    kind, options = (None, None) if tmpfs_options is None else (b"tmpfs", tmpfs_options.encode())
    _check(_libc.mount(source.encode(), target.encode(), kind, ctypes.c_ulong(flags), options), f"mount {target}")


def _make_read_only(path: str, flags: int = 0) -> None:
    attributes = (ctypes.c_uint64 * 4)(MOUNT_ATTR_RDONLY, 0, 0, 0)  # struct mount_attr
    result = _libc.syscall(
        SYS_MOUNT_SETATTR, AT_FDCWD, path.encode(), flags, ctypes.byref(attributes), ctypes.sizeof(attributes)
    )
    _check(result, f"mount_setattr {path}")


def _check(result: int, call: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{call}: {os.strerror(number)}")


def _set_death_signal(number: signal.Signals) -> None:
    """Make the kernel send this process the signal when its parent has ended."""
    _check(_libc.prctl(PR_SET_PDEATHSIG, ctypes.c_ulong(number), 0, 0, 0), "prctl")


def _execute(specification: dict[str, Any], status: int) -> None:
    command: list[str] = specification["command"]
    try:
        os.set_inheritable(status, False)
        os.setpgid(0, 0)
        _set_death_signal(signal.SIGKILL)
        if specification["init"]:
            _stay_as_init(status)
        for name, (soft, hard) in specification["limits"].items():
            _limit(name, soft, hard)
        os.execvp(command[0], command)  # noqa: S606
    except OSError as error:
        os.write(status, f"error {command[0]}: {error.strerror}\n".encode())
    finally:
        os._exit(127)


def _stay_as_init(status: int) -> None:
    """Return in a new process, which executes the command; this one forwards signals to it and reaps processes."""
    _check(_libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "prctl")
    command = os.fork()
    if command == 0:
        _set_death_signal(signal.SIGKILL)
        return
    os.close(status)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, lambda number, _: os.kill(command, number))
    ended = 0
    while ended != command:
        ended, result = os.wait()
    os._exit(_exit_code(result))


def _limit(name: str, soft: int, hard: int) -> None:
    """Set a resource limit of ECS's `ulimits`; only root may exceed the hard limit of this machine."""
    kind = getattr(resource, f"RLIMIT_{name.upper()}", None)
    if kind is None:
        return
    most = resource.getrlimit(kind)[1]
    if most != resource.RLIM_INFINITY:
        soft, hard = min(soft, most), min(hard, most)
    resource.setrlimit(kind, (soft, hard))


def _wait(task: int) -> int:
    """Wait for the task and return its exit code.

    SIGTERM is passed on. The task is killed when the sandbox ends. What it leaves in its process group is killed, too.
    """
    signal.signal(signal.SIGTERM, lambda *_: os.kill(task, signal.SIGTERM))
    signal.signal(signal.SIGUSR1, lambda *_: os.kill(task, signal.SIGKILL))
    os.waitid(os.P_PID, task, os.WEXITED | os.WNOWAIT)
    with contextlib.suppress(OSError):
        os.killpg(task, signal.SIGKILL)
    return _exit_code(os.waitpid(task, 0)[1])


def _exit_code(status: int) -> int:
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))

"""Folders that tasks see as /etc: links to the machine's entries, and separate files for name resolution.

`launch.py` binds one over /etc inside a task's mount namespace. glibc, uvloop and every language read these files at
each lookup, and the machine's own files stay unchanged.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

LOOPBACK = "127.0.0.1"


class PrivateEtc:
    """The tasks' /etc: a folder per address, and `machine_directory`, an empty one where the machine's /etc is mounted.

    In a task `localhost` is the task's own address, because its containers listen there. `stage_directory` is an empty
    folder in which a container prepares other mounts.

    The whole folder is replaced, because glibc needs more than /etc/hosts: without `multi on` in host.conf it returns
    only the first address of a name (measured, 2.36), and with some machines' nsswitch.conf it queries a daemon that
    reads the machine's /etc/hosts. Here only `hosts: files` applies, so an unknown name fails at once and no query
    leaves the machine (`services`, a likely namespace, is a top-level domain of the internet). Unlike a bound file, a
    file in a bound folder can be replaced by rename, so a reader never sees a partly written file.
    """

    def __init__(self, directory: Path) -> None:
        self.root = directory.absolute()
        self.machine_directory = self.root / "etc-of-the-machine"
        self.machine_directory.mkdir(parents=True, exist_ok=True)
        self.stage_directory = self.root / "stage"
        self.stage_directory.mkdir(exist_ok=True)
        self._names = ""
        self._folders: dict[str, Path] = {}

    def folder(self, address: str = LOOPBACK) -> Path:
        """Return the folder for a task with that address; create it at the first call."""
        if address not in self._folders:
            folder = self._folders[address] = self.root / f"etc-{address}"
            folder.mkdir(exist_ok=True)
            _replace(folder / "host.conf", "multi on\n")
            _replace(folder / "nsswitch.conf", _name_service_switch())
            self._write_hosts(address)
            for entry in Path("/etc").iterdir():
                link = folder / entry.name
                if not link.exists() and not link.is_symlink():
                    link.symlink_to(self.machine_directory / entry.name)
        return self._folders[address]

    def forget(self, address: str) -> None:
        """Remove the folder of a task that has ended."""
        folder = self._folders.pop(address, None)
        if folder is not None:
            shutil.rmtree(folder)

    def write_hosts(self, names: Iterable[tuple[str, str]]) -> None:
        """Make localhost and these (address, name) pairs the tasks' only names; write files only if they changed."""
        text = "".join(f"{address} {name}\n" for address, name in names)
        if text != self._names:
            self._names = text
            for address in self._folders:
                self._write_hosts(address)

    def _write_hosts(self, address: str) -> None:
        _replace(self._folders[address] / "hosts", f"{address} localhost\n{self._names}")


def _replace(path: Path, text: str) -> None:
    new = path.with_name(f".{path.name}.new")
    new.write_text(text, encoding="utf-8")
    new.replace(path)


def _name_service_switch() -> str:
    """Return the machine's nsswitch.conf, with host names from files only."""
    try:
        lines = Path("/etc/nsswitch.conf").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    return "\n".join([line for line in lines if not line.lstrip().startswith("hosts:")] + ["hosts: files", ""])

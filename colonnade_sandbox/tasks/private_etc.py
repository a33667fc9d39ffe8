"""A folder that tasks see as /etc: links to the machine's entries, and separate files for name resolution.

`launch.py` binds it over /etc inside a task's mount namespace. glibc, uvloop and every language read these files at
each lookup, and the machine's own files stay unchanged.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

_HEAD = "127.0.0.1 localhost\n::1 localhost\n"


class PrivateEtc:
    """The tasks' /etc: `directory`, and `machine_directory`, an empty folder where the machine's /etc is mounted.

    `stage_directory` is an empty folder in which a container prepares other mounts.

    The whole folder is replaced, because glibc needs more than /etc/hosts: without `multi on` in host.conf it returns
    only the first address of a name (measured, 2.36), and with some machines' nsswitch.conf it queries a daemon that
    reads the machine's /etc/hosts. Here only `hosts: files` applies, so an unknown name fails at once and no query
    leaves the machine (`services`, a likely namespace, is a top-level domain of the internet). A file in a bound folder
    can also be replaced by rename, so a reader never sees a partly written file, whatever its size.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory.absolute() / "etc"
        self.machine_directory = directory.absolute() / "etc-of-the-machine"
        self.directory.mkdir(parents=True, exist_ok=True)
        self.machine_directory.mkdir(exist_ok=True)
        self.stage_directory = directory.absolute() / "stage"
        self.stage_directory.mkdir(exist_ok=True)
        self._replace("host.conf", "multi on\n")
        self._replace("nsswitch.conf", _name_service_switch())
        self._hosts = ""
        self.write_hosts(())
        for entry in Path("/etc").iterdir():
            link = self.directory / entry.name
            if not link.exists() and not link.is_symlink():
                link.symlink_to(self.machine_directory / entry.name)

    def write_hosts(self, names: Iterable[tuple[str, str]]) -> None:
        """Make localhost and these (address, name) pairs the tasks' only names; write the file only if they changed."""
        hosts = _HEAD + "".join(f"{address} {name}\n" for address, name in names)
        if hosts != self._hosts:
            self._replace("hosts", hosts)
            self._hosts = hosts

    def _replace(self, name: str, text: str) -> None:
        new = self.directory / f".{name}.new"
        new.write_text(text, encoding="utf-8")
        new.replace(self.directory / name)


def _name_service_switch() -> str:
    """Return the machine's nsswitch.conf, with host names from files only."""
    try:
        lines = Path("/etc/nsswitch.conf").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    return "\n".join([line for line in lines if not line.lstrip().startswith("hosts:")] + ["hosts: files", ""])

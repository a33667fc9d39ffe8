"""The files of containers in their namespaces: a read-only root, volumes that a task shares, tmpfs."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from colonnade_sandbox.tasks.private_etc import PrivateEtc
from colonnade_sandbox.tasks.process import Mount, ProcessLauncher, ProcessSpecification, namespaces_allowed

Run = Callable[..., list[str]]
ABSENT = "/absent-on-this-machine"


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Return a function that runs a shell script as a container and returns the lines that it prints."""
    private_etc = PrivateEtc(tmp_path)
    if not namespaces_allowed(private_etc):
        pytest.skip("this machine does not allow its users to create namespaces")
    launcher = ProcessLauncher(private_etc=private_etc)
    log = tmp_path / "log"

    def run(script: str, *mounts: Mount, read_only_root: bool = True) -> list[str]:
        process = launcher.start(
            ProcessSpecification(
                command=("/bin/sh", "-c", script),
                environment={"PATH": os.defpath},
                host_name="task",
                working_directory=tmp_path,
                log_path=log,
                mounts=mounts,
                read_only_root=read_only_root,
            )
        )
        assert process.wait(20)
        assert process.start_error == ""
        lines = log.read_text().splitlines()
        log.unlink()
        return lines

    yield run
    launcher.close()


def writes(*paths: object) -> str:
    """Return a script that prints which of the folders a container may write to."""
    return "; ".join(f"touch {path}/file 2>/dev/null && echo {path}" for path in paths)


def test_a_read_only_root_has_no_writable_file_but_devices_and_shared_memory(run: Run, tmp_path: Path) -> None:
    script = f"{writes(tmp_path, '/tmp', '/dev/shm')}; echo gone > /dev/null && echo null"  # noqa: S108
    assert run(script) == ["/dev/shm", "null"]  # noqa: S108
    assert not (tmp_path / "file").exists()
    assert run(writes(tmp_path), read_only_root=False) == [str(tmp_path)]


@pytest.mark.parametrize("path", ["/tmp", "/var/tmp/absent/folder", ABSENT, f"{ABSENT}/folder"])  # noqa: S108
def test_a_tmpfs_is_writable_up_to_its_size_and_its_path_need_not_exist(run: Run, path: str) -> None:
    script = f"ls {path} | grep -c log; {writes('/usr', path)}; head -c 2000000 /dev/zero > {path}/big || echo full"
    lines = run(script, Mount(path=path, size_mib=1))
    assert [line for line in lines if "head:" not in line] == ["0", path, "full"]
    assert path == "/tmp" or not Path(path).exists()  # noqa: S108


def test_a_volume_is_shared_by_the_containers_that_mount_it_and_may_be_read_only(run: Run, tmp_path: Path) -> None:
    volume = tmp_path / "volume"
    volume.mkdir()
    assert run(f"echo from the first > {ABSENT}/note", Mount(path=ABSENT, source=volume)) == []
    reader = Mount(path="/mnt", source=volume, read_only=True)
    assert run(f"cat /mnt/note; {writes('/mnt')}", reader) == ["from the first"]


def test_the_app_and_its_interpreter_stay_where_they_are_under_a_mount(run: Run, tmp_path: Path) -> None:
    (tmp_path / "app.txt").write_text("app\n")
    parent = tmp_path.parent
    script = f"cat app.txt; {writes(tmp_path, parent)}; {sys.executable} -c 'print(1)'; cat /etc/hosts"
    assert run(script, Mount(path=str(parent), size_mib=1), read_only_root=False) == [
        "app",
        str(parent),
        "1",
        "127.0.0.1 localhost",
    ]

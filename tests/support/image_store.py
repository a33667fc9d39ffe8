"""A separate image store for buildah, with its own base image: nothing outside of the folder is used or changed.

The base is Debian's smallest system with Python, made by debootstrap, because tests cannot reach a registry that has
one.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from colonnade_sandbox.tasks.image_catalog import program
from tests.support.service_process import ROOT

BASE = "localhost/colonnade-test/base"

Store = Mapping[str, str]
"""The environment variables with which buildah finds the images."""

_NEEDED = ("buildah", "debootstrap", "docker-registry", "unshare", "nsenter", "mount")
_SUITE = "bookworm"


def require_image_tools() -> None:
    """Fail with the missing packages if images cannot be built, run and pushed; the test is never skipped."""
    missing = [name for name in _NEEDED if shutil.which(name) is None]
    if missing:
        fix = "apt-get install buildah debootstrap docker-registry util-linux mount, or run .ci/run as root"
        pytest.fail(f"This test needs {', '.join(missing)} on PATH: {fix}.", pytrace=False)
    if os.geteuid() != 0:
        pytest.fail("This test needs root: it creates a base image with debootstrap and mounts images.", pytrace=False)


@contextmanager
def image_store(folder: Path) -> Iterator[Store]:
    """Yield variables with which buildah keeps all images in `folder`; remove the folder afterwards."""
    folder.mkdir(parents=True)
    try:
        # Copies of whole layers (vfs) are slow, but work on file systems without overlay support.
        yield next(store for store in (_store(folder, "overlay"), _store(folder, "vfs")) if _works(store))
    finally:
        mounted = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
        for point in reversed([point for point in mounted if point.startswith(f"{folder}/")]):
            subprocess.run(["umount", "--lazy", point], check=False)  # noqa: S607
        shutil.rmtree(folder)


def _store(folder: Path, driver: str) -> Store:
    settings = folder / f"{driver}.conf"
    settings.write_text(
        f'[storage]\ndriver = "{driver}"\ngraphroot = "{folder / driver}"\nrunroot = "{folder / driver}-run"\n'
    )
    return {"CONTAINERS_STORAGE_CONF": str(settings), "BUILDAH_ISOLATION": "chroot"}


def _works(store: Store) -> bool:
    container = buildah(store, "from", "scratch", check=False)
    works = container is not None and buildah(store, "mount", container, check=False) is not None
    if container is not None:
        buildah(store, "rm", container)
    return works


def buildah(store: Store, *arguments: str, check: bool = True) -> str | None:
    """Run buildah; return its output, or None if it failed and `check` is False."""
    ended = subprocess.run(
        ["buildah", *arguments],  # noqa: S607
        env={**os.environ, **store},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0 or not check, ended.stderr
    return ended.stdout.strip() if ended.returncode == 0 else None


def make_base(store: Store, folder: Path) -> None:
    """Create the image BASE: Debian with python3 and its venv module, without this machine's package index settings."""
    made = subprocess.run(
        ["debootstrap", "--variant=minbase", "--include=python3,python3-venv", _SUITE, str(folder)],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout[-2000:] + made.stderr[-2000:]
    for cache in ("var/cache/apt", "var/lib/apt/lists"):
        shutil.rmtree(folder / cache)
    container = buildah(store, "from", "scratch")
    assert container is not None
    buildah(store, "add", "--quiet", container, str(folder), "/")
    buildah(store, "commit", "--quiet", "--rm", container, BASE)
    shutil.rmtree(folder)


def make_node_base(store: Store, dockerfile: Path) -> None:
    """Give the image in the `FROM` of the Dockerfile: BASE with this machine's Node, as no registry can be reached."""
    (name,) = re.findall(r"^FROM (\S+)$", dockerfile.read_text(), re.MULTILINE)
    container = buildah(store, "from", BASE)
    assert container is not None
    buildah(store, "copy", "--quiet", container, program("node"), "/usr/local/bin/node")
    buildah(store, "commit", "--quiet", "--rm", container, name)


def images(store: Store, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `colonnade images …` in the project's root, as a user does."""
    return subprocess.run(
        [sys.executable, "-m", "colonnade", "images", *arguments],
        cwd=ROOT,
        env={**os.environ, **store},
        capture_output=True,
        text=True,
        check=False,
    )

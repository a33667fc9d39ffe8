"""Fixtures of the slow image tests: a base image and the image of every service app, built once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import pytest

from tests.support.image_store import BASE, Store, buildah, image_store, images, make_base, require_image_tools


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Yield the image store, with the base image."""
    require_image_tools()
    with image_store(tmp_path_factory.mktemp("images") / "store") as made:
        make_base(made, tmp_path_factory.mktemp("base") / "root")
        yield made


@pytest.fixture(scope="session")
def built(store: Store) -> dict[str, float]:
    """Return the seconds of each build, as the command printed them, by the name of the build."""
    ended = images(store, "build", "--tool", "buildah", "--base", BASE, "--allow-dirty")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    times = re.findall(r"^(\S.*): built .*, (\d+) s$", ended.stdout, re.MULTILINE)
    return {name: float(seconds) for name, seconds in times}


@pytest.fixture(scope="session")
def tag(store: Store, built: Mapping[str, float]) -> str:
    """Return the tag that all images share."""
    assert built
    listed = buildah(store, "images", "--format", "{{.Name}} {{.Tag}}")
    assert listed is not None
    tags = {line.split()[1] for line in listed.splitlines() if line.startswith("localhost/colonnade/")}
    assert len(tags) == 1
    return tags.pop()

"""The pin file: new pins are added to those of the same registry, and an interrupted write changes nothing."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import pytest

from colonnade.images.pins import add_pins, pins_in
from colonnade.model.images.pins import ImagePin, read_pins
from colonnade.project import Project
from tests.support.project import PROJECT
from tests.support.specs import problems_raised

HOST = "999988887777.dkr.ecr.eu-west-1.amazonaws.com"
ONE = ImagePin(tag="3f2a9c1b0d4e", digest=f"sha256:{'1' * 64}")
TWO = ImagePin(tag="4f2a9c1b0d4e", digest=f"sha256:{'2' * 64}")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "prod.images.toml"


def pinned(file: Path) -> dict[str, ImagePin]:
    pins = pins_in(file)
    assert pins is not None
    return dict(pins.images)


def test_a_push_of_some_images_keeps_the_pins_of_the_others(file: Path) -> None:
    add_pins(file, {"service1": ONE, "service2": ONE}, registry=HOST, environment="prod")
    add_pins(file, {"service2": TWO}, registry=HOST, environment="prod")

    assert pinned(file) == {"service1": ONE, "service2": TWO}
    assert stat.S_IMODE(file.stat().st_mode) == 0o644


def test_pins_of_another_registry_are_removed(file: Path) -> None:
    add_pins(file, {"service1": ONE}, registry="127.0.0.1:5000", environment="prod")
    add_pins(file, {"service2": TWO}, registry=HOST, environment="prod")

    assert pinned(file) == {"service2": TWO}


def test_the_environment_runs_the_pinned_images(tmp_path: Path) -> None:
    project = Project(root=tmp_path)
    (tmp_path / "environments").mkdir()
    for file in ("cdktf.json", "environments/prod.toml"):
        shutil.copy(PROJECT.root / file, tmp_path / file)
    registry = PROJECT.environment("prod").registry
    add_pins(project.pins_path("prod"), {"service1": ONE}, registry=registry, environment="prod")

    assert project.environment("prod").images == {
        "registry.example.com/colonnade/hello": "1.0.0",
        "service1": ONE.digest,
    }


def test_an_interrupted_write_leaves_the_file_unchanged_and_no_other_file(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_pins(file, {"service1": ONE}, registry=HOST, environment="prod")
    before = file.read_text()

    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        add_pins(file, {"service1": TWO}, registry=HOST, environment="prod")
    assert file.read_text() == before
    assert list(file.parent.iterdir()) == [file]


def test_a_file_that_holds_no_pins_is_refused_and_left_unchanged(file: Path) -> None:
    file.write_text("registry = ")
    (problem,) = problems_raised(lambda: add_pins(file, {"service1": ONE}, registry=HOST, environment="prod"))
    assert problem.startswith(f"pin file {str(file)!r}: it is not TOML: ")
    assert file.read_text() == "registry = "

    file.write_text("[images]\nservice1 = 1\n")
    problems = problems_raised(lambda: pins_in(file))
    _, faults = read_pins({"images": {"service1": 1}})
    assert len(faults) == 2
    assert problems == [f"pin file {str(file)!r}: {fault}" for fault in faults]


def test_a_missing_folder_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "nowhere" / "pins.toml"
    (problem,) = problems_raised(lambda: add_pins(file, {"service1": ONE}, registry=HOST, environment="prod"))

    assert problem.startswith(f"pin file {str(file)!r}: it cannot be written: No such file or directory")

"""The order of builds, and the report of one that fails beside others that succeed."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from rich.console import Console

from colonnade.images.build import Build, build_all
from colonnade.images.catalog import Image
from colonnade.images.tools import Tool
from colonnade.terminal.parallel import complete
from colonnade.terminal.progress import Progress

_FAKE = """#!/bin/sh
case "$*" in
  *"$BROKEN"*) echo "STEP 1: works"; echo "${ERROR:-broken on purpose}" >&2; exit 3 ;;
esac
echo "$*" >> "$LOG"
"""


def image(name: str, architecture: str = "X86_64", dockerfile: str | None = None) -> Image:
    return Image(
        name=name,
        app=name,
        dockerfile=dockerfile,
        deployment="shop",
        service=name,
        architecture=architecture,
        public=None,
    )


def build_of(root: Path, *images: Image, base: str | None = None) -> Build:
    return Build(
        images=images, tool=Tool(name="buildah"), tag="1", root=root, base=base, secrets=("--secret", "id=pip,src=f")
    )


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file to which a fake buildah writes its command lines; it fails for those that contain $BROKEN."""
    (tmp_path / "buildah").write_text(_FAKE)
    (tmp_path / "buildah").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("LOG", str(tmp_path / "log"))
    monkeypatch.setenv("BROKEN", "nothing is broken")
    return tmp_path / "log"


def built(build: Build) -> tuple[tuple[str, ...], str]:
    """Return the names of the failed images, and the output."""
    shown = io.StringIO()
    return complete(build_all(build, jobs=2, progress=Progress(Console(file=shown)))), shown.getvalue()


def test_the_shared_layers_are_built_once_per_platform_before_its_images(tmp_path: Path) -> None:
    commands = list(build_of(tmp_path, image("a"), image("b", "ARM64"), image("c"), base="my/base").commands())
    same = "--build-arg BASE=my/base --secret id=pip,src=f"
    start = "buildah build --layers --platform linux"

    assert [" ".join(command) for command in commands] == [
        f"{start}/amd64 --file service_apps/Dockerfile --target every-service {same} .",
        f"{start}/amd64 --file service_apps/Dockerfile --build-arg SERVICE=a {same} --tag localhost/colonnade/a:1 .",
        f"{start}/amd64 --file service_apps/Dockerfile --build-arg SERVICE=c {same} --tag localhost/colonnade/c:1 .",
        f"{start}/arm64 --file service_apps/Dockerfile --target every-service {same} .",
        f"{start}/arm64 --file service_apps/Dockerfile --build-arg SERVICE=b {same} --tag localhost/colonnade/b:1 .",
    ]


def test_an_own_dockerfile_is_built_in_its_folder_without_the_shared_layers_and_their_base(tmp_path: Path) -> None:
    web = image("web", "ARM64", dockerfile="service_apps/web/Dockerfile")

    assert [" ".join(command) for command in build_of(tmp_path, web, base="my/base").commands()] == [
        "buildah build --layers --platform linux/arm64 --file service_apps/web/Dockerfile --secret id=pip,src=f "
        "--tag localhost/colonnade/web:1 service_apps/web"
    ]


def test_every_printed_command_is_run(tmp_path: Path, log: Path) -> None:
    build = build_of(tmp_path, image("a"), image("b"), image("c", dockerfile="service_apps/c/Dockerfile"))
    failed, shown = built(build)

    assert failed == ()
    assert sorted(log.read_text().splitlines()) == sorted(" ".join(command[1:]) for command in build.commands())
    assert "a: built localhost/colonnade/a:1, 0 s\n" in shown


def test_a_failing_image_is_reported_with_its_last_lines_and_the_others_are_built(
    tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROKEN", "SERVICE=a")
    failed, shown = built(build_of(tmp_path, image("a"), image("b"), image("c")))

    assert failed == ("a",)
    assert "a: FAILED after 0 s: `buildah build` ended with 3:\n    STEP 1: works\n    broken on purpose\n" in shown
    assert "b: built" in shown
    assert "c: built" in shown
    assert "SERVICE=c" in log.read_text()


@pytest.mark.usefixtures("log")
@pytest.mark.parametrize(
    ("error", "is_explained"), [("exec /bin/sh: Exec format error", True), ("no space left", False)]
)
def test_a_machine_without_emulation_is_named_as_the_cause_of_a_failed_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: str, is_explained: bool
) -> None:
    monkeypatch.setenv("BROKEN", "SERVICE=a")
    monkeypatch.setenv("ERROR", error)
    _, shown = built(build_of(tmp_path, image("a", "ARM64")))

    assert ("apt-get install qemu-user-static binfmt-support" in shown) == is_explained


@pytest.mark.usefixtures("log")
def test_if_the_shared_layers_fail_every_image_of_that_platform_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BROKEN", "linux/arm64")
    failed, shown = built(build_of(tmp_path, image("a"), image("b", "ARM64"), image("c", "ARM64")))

    assert failed == ("b", "c")
    assert "every image for linux/arm64: FAILED" in shown
    assert "a: built" in shown

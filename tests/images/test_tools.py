"""The choice of the tool that builds, and the command lines for docker, podman and buildah."""

from __future__ import annotations

from pathlib import Path

import pytest

from colonnade.images.tools import NAMES, Tool, find_tool
from tests.support.specs import problems_raised


def put(folder: Path, **programs: str) -> None:
    """Write programs, by name, as shell scripts."""
    for name, script in programs.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the only folder on PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_the_first_tool_that_works_is_used(path: Path) -> None:
    put(path, podman="exit 0", buildah="exit 0")
    assert find_tool().name == "podman"
    put(path, docker="exit 0")
    assert find_tool().name == "docker"
    assert find_tool("buildah").name == "buildah"


def test_a_docker_client_without_an_engine_is_not_used(path: Path) -> None:
    client = 'case "$1" in version) echo "Cannot connect to the Docker daemon" >&2; exit 1;; esac'
    put(path, docker=client, buildah="exit 0")

    assert find_tool().name == "buildah"


def test_if_no_tool_works_the_fault_of_each_is_reported(path: Path) -> None:
    put(path, docker='echo "docker: unknown command: buildx" >&2; echo more >&2; exit 1', podman="exit 3")
    (problem,) = problems_raised(find_tool)

    assert problem.splitlines()[0] == (
        "images: no tool can build images: docker: docker: unknown command: buildx; "
        "podman: `podman version` ends with 3; buildah: not on PATH"
    )
    assert "apt-get install buildah" in problem
    (problem,) = problems_raised(lambda: find_tool("buildah"))
    assert problem.splitlines()[0] == "images: no tool can build images: buildah: not on PATH"


@pytest.mark.parametrize(
    ("name", "tag", "command"),
    [
        (
            "docker",
            "a:1",
            "docker buildx build --progress=plain --provenance=false --load --platform P --file F -x --tag a:1 .",
        ),
        ("docker", None, "docker buildx build --progress=plain --provenance=false --platform P --file F -x ."),
        ("podman", "a:1", "podman build --layers --platform P --file F -x --tag a:1 ."),
        ("buildah", "a:1", "buildah build --layers --platform P --file F -x --tag a:1 ."),
        ("buildah", None, "buildah build --layers --platform P --file F -x ."),
    ],
)
def test_a_build_names_its_platform_and_keeps_its_layers(name: str, tag: str | None, command: str) -> None:
    assert " ".join(Tool(name=name).build(platform="P", file="F", options=("-x",), tag=tag)) == command


@pytest.mark.parametrize("name", ["podman", "buildah"])
@pytest.mark.parametrize(
    ("plain_http", "auth_file", "options"),
    [
        (False, None, ""),
        (True, None, " --tls-verify=false"),
        (False, Path("/t/config.json"), " --authfile /t/config.json"),
    ],
)
def test_a_push_reads_its_login_from_a_file_and_uses_plain_http_only_if_requested(
    name: str, plain_http: bool, auth_file: Path | None, options: str
) -> None:
    (command,) = Tool(name=name).push("local:1", "host/path:1", plain_http=plain_http, auth_file=auth_file)

    assert " ".join(command) == f"{name} push{options} local:1 docker://host/path:1"


def test_docker_pushes_with_its_own_configuration_through_the_users_engine(path: Path) -> None:
    put(path, docker="echo unix:///chosen.sock")
    auth_file = Path("/t/config.json")
    docker = Tool(name="docker")

    assert docker.push("local:1", "host/path:1", plain_http=False, auth_file=auth_file) == (
        ("docker", "tag", "local:1", "host/path:1"),
        ("docker", "push", "host/path:1"),
    )
    assert docker.push_environment(auth_file) == {"DOCKER_CONFIG": "/t", "DOCKER_HOST": "unix:///chosen.sock"}
    assert docker.push_environment(None) == {}


def test_every_tool_can_print_an_images_architecture() -> None:
    assert {Tool(name=name).architecture("a:1")[-1] for name in NAMES} == {"a:1"}

"""Real images, built with buildah and run as tasks of their services, checked for what ECS relies on.

They are those of the declared services, and that of the sample in JavaScript, which has its own Dockerfile. debootstrap
makes the base image. `tests.support.containers` runs the images without a container engine.
"""

from __future__ import annotations

import errno
import io
import json
import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from rich.console import Console

from colonnade.images.build import Build, build_all
from colonnade.images.catalog import Image, declared_images, image_name
from colonnade.images.tools import Tool
from colonnade.model.resolved import ResolvedService
from colonnade.terminal.parallel import complete
from colonnade.terminal.progress import Progress
from tests.support.containers import Container
from tests.support.image_store import BASE, Store, buildah, make_node_base
from tests.support.project import DEPLOYMENTS, PROJECT
from tests.support.service_process import ROOT
from tests.support.specs import deployment, resolved, service

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("images"), pytest.mark.timeout(900)]

IMAGES = declared_images(DEPLOYMENTS, ROOT)
SAMPLE = deployment(service("orders"), name="services")
(ORDERS,) = declared_images([SAMPLE], ROOT)
NAMES = [image.name for image in (*IMAGES, ORDERS)]
SANDBOX = replace(PROJECT.environment("sandbox"), images={**PROJECT.environment("sandbox").images, "orders": "1.0.0"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """The observations of one image from its start to its end."""

    health: str
    answer: str
    user: str
    process_user: str
    write_error: int | None
    volumes: Mapping[str, str]
    leftovers: tuple[str, ...]
    exit_code: int
    stop_seconds: float
    log: str


@pytest.fixture(scope="module")
def tag_of_all(store: Store, tag: str) -> str:
    """Build the sample's image, too, and return the tag of all images."""
    assert ORDERS.dockerfile is not None
    make_node_base(store, ROOT / ORDERS.dockerfile)
    build = Build(images=(ORDERS,), tool=Tool(name="buildah"), tag=tag, root=ROOT, base=None, secrets=())
    shown = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in store.items():
            patch.setenv(name, value)
        failed = complete(build_all(build, jobs=1, progress=Progress(Console(file=shown, width=500))))
    assert failed == (), shown.getvalue()
    return tag


@pytest.fixture(scope="module")
def lives(store: Store, tag_of_all: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Life]:
    """Return the observations of every image, started, requested and stopped."""
    folder = tmp_path_factory.mktemp("containers")
    # A container mostly waits for its drain window. More than three at once slow down each other's start.
    with ThreadPoolExecutor(max_workers=3) as pool:
        running = {
            image.name: pool.submit(_life, image, store, tag_of_all, folder / image.name) for image in (*IMAGES, ORDERS)
        }
        return {name: future.result() for name, future in running.items()}


def _task(image: Image) -> ResolvedService:
    """Return the first service that runs the image and needs nothing outside of its deployment."""
    declared = next(each for each in (*DEPLOYMENTS, SAMPLE) if image.name in map(image_name, each.services))
    runs = next(each for each in declared.services if image_name(each) == image.name and not each.connections)
    return resolved(declared, SANDBOX, migration_phase="attached").service(runs.name)


def _life(image: Image, store: Store, tag: str, folder: Path) -> Life:
    task = _task(image)
    definition, *_ = json.loads(task.container_definitions or "")
    assert definition["readonlyRootFilesystem"] is True
    variables = {variable["name"]: variable["value"] for variable in definition["environment"]}
    command = definition.get("command", ())
    with Container(
        image.local_name(tag), variables=variables, command=command, store=store, folder=folder
    ) as container:
        status = Path(f"/proc/{container.pid}/status").read_text()
        # Root reads through the process's own mounts, so only the file system can refuse a write.
        inside = Path(f"/proc/{container.pid}/root")
        health, answer = container.get("/health"), container.get(task.path_prefix or "/")
        write_error = _write_error(inside / "srv" / "new")
        volumes = {path: oct((container.root / path.lstrip("/")).stat().st_mode)[-4:] for path in container.volumes}
        secrets = ("etc/pip.conf", "run/secrets/ca", "root/.config", "root/.cache/pip", "build")
        leftovers = tuple(path for path in secrets if (inside / path).exists())
        exit_code, stop_seconds = container.stop(SANDBOX.tasks.stop_timeout_seconds + 20)
        return Life(
            health=health,
            answer=answer,
            user=container.user,
            process_user=re.findall(r"^Uid:\s+(\d+)", status, re.MULTILINE)[0],
            write_error=write_error,
            volumes=volumes,
            leftovers=leftovers,
            exit_code=exit_code,
            stop_seconds=stop_seconds,
            log=container.log_text(),
        )


def _write_error(path: Path) -> int | None:
    try:
        path.touch()
    except OSError as error:
        return error.errno
    return None


@pytest.mark.parametrize("name", NAMES)
def test_a_task_of_the_image_answers_its_health_check_and_its_prefix(lives: Mapping[str, Life], name: str) -> None:
    assert json.loads(lives[name].health)["status"] == "ok"
    assert lives[name].answer != ""


@pytest.mark.parametrize("name", NAMES)
def test_it_runs_as_an_unprivileged_user_on_a_read_only_file_system(lives: Mapping[str, Life], name: str) -> None:
    assert (lives[name].user, lives[name].process_user) == ("10001:10001", "10001")
    assert lives[name].write_error == errno.EROFS


@pytest.mark.parametrize("name", NAMES)
def test_any_user_may_write_to_tmp_where_it_is_a_writable_path(lives: Mapping[str, Life], name: str) -> None:
    # Fargate copies owner and mode of a VOLUME: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/bind-mounts.html
    assert lives[name].volumes == {"/tmp": "1777"}  # noqa: S108 - a path in the image


@pytest.mark.parametrize("name", NAMES)
def test_it_ends_with_0_within_a_second_after_its_drain_window(lives: Mapping[str, Life], name: str) -> None:
    drain = SANDBOX.tasks.drain_seconds
    assert lives[name].exit_code == 0, lives[name].log
    assert drain - 0.2 <= lives[name].stop_seconds <= drain + 1, lives[name].log


@pytest.mark.parametrize("name", NAMES)
def test_no_pip_setting_of_the_machine_is_in_the_image(lives: Mapping[str, Life], name: str) -> None:
    assert lives[name].leftovers == ()


def test_an_image_adds_less_than_150_mb_to_its_base_and_100_kb_to_the_shared_layers(
    store: Store, built: Mapping[str, float], tag: str, record_property: Callable[[str, object], None]
) -> None:
    base = _layers(store, BASE)
    layers = {image.name: _layers(store, image.local_name(tag)) for image in IMAGES}
    over = {name: sum(each[digest] for digest in each if digest not in base) for name, each in layers.items()}
    common = set[str].intersection(*(set(each) for each in layers.values()))
    own = {name: sum(each[digest] for digest in each if digest not in common) for name, each in layers.items()}
    shared, _ = next((seconds, name) for name, seconds in built.items() if name not in layers)
    text = [f"base image: {sum(base.values()) / 1e6:.0f} MB; layers that all images share: {shared:.0f} s"]
    text += [
        f"{name}: {over[name] / 1e6:.1f} MB over its base, {own[name] / 1e3:.0f} kB not shared; {built[name]:.0f} s"
        for name in layers
    ]
    record_property("measured", "\n".join(text))

    assert set(built) >= set(layers)
    assert max(over.values()) < 150e6
    assert max(own.values()) < 100e3


def _layers(store: Store, image: str) -> dict[str, int]:
    """Return the size of each layer, by digest."""
    manifest = buildah(store, "inspect", "--type", "image", "--format", "{{.Manifest}}", image)
    assert manifest is not None
    return {layer["digest"]: layer["size"] for layer in json.loads(manifest)["layers"]}

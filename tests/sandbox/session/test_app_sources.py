"""An edit of an app concerns the services that run it; an edit of a shared file concerns all that can use it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from colonnade_sandbox.control_plane.snapshot import EcsService
from colonnade_sandbox.session.app_sources import edited
from colonnade_sandbox.tasks.image_catalog import Image, ImageCatalog
from tests.support.ecs_snapshots import ecs_service, task_definition

_IMAGES = ImageCatalog(
    images={
        "users": Image(command=("python", "-m", "apps.board.users")),
        "posts": Image(command=("python", "-m", "apps.board.posts")),
        "orders": Image(command=("node", "apps/orders.js")),
        "shop": Image(command=("python", "-m", "apps.shop")),
        "nginx": Image(command=("nginx",)),
    }
)
_FILES = ("board/users/__main__.py", "board/posts/app.py", "board/reading.py", "orders.js", "shop.py", "kit/server.py")


def _service(image: str) -> EcsService:
    return replace(ecs_service(task_definition(image=f"registry/{image}:1")), arn=image, name=image)


_SERVICES = tuple(map(_service, ("users", "posts", "orders", "shop", "nginx", "unknown")))


@pytest.fixture
def apps(tmp_path: Path) -> Path:
    for name in _FILES:
        path = tmp_path / "apps" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path / "apps"


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("board/users/__main__.py", ["users"]),
        ("board/posts/app.py", ["posts"]),
        ("board/posts/removed.json", ["posts"]),
        ("board/reading.py", ["users", "posts"]),
        ("orders.js", ["orders"]),
        ("shop.py", ["shop"]),
        ("kit/server.py", ["users", "posts", "orders", "shop"]),
    ],
)
def test_an_edited_file_concerns_its_services(apps: Path, path: str, names: list[str]) -> None:
    assert [each.name for each in edited(_SERVICES, _IMAGES, [apps / path], apps.parent)] == names


def test_an_app_that_no_service_runs_concerns_none(apps: Path) -> None:
    assert edited((_service("nginx"),), _IMAGES, [apps / "orders.js"], apps.parent) == ()

"""An image is broken and repaired while tasks run, and its running tasks are killed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from colonnade_sandbox.errors import WrongInputError
from colonnade_sandbox.migration.facts import OutageFacts
from colonnade_sandbox.migration.fault_injection import FaultInjection
from colonnade_sandbox.tasks.scheduler import TaskListing

IMAGE = "registry/colonnade-sandbox-message-board-users:1"

CATALOG = Path("service_apps") / "images.toml"


def _outage(image: str) -> OutageFacts:
    return OutageFacts(service="users", path_prefix="/api/users", image=image)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    catalog = tmp_path / "service_apps" / "images.toml"
    catalog.parent.mkdir()
    catalog.write_text(
        '[message-board-users]\ncommand = ["users-app"]\n[message-board-posts]\ncommand = ["posts-app"]\n'
    )
    return tmp_path


def _listing(process_id: int | None, folder: Path) -> TaskListing:
    return TaskListing(
        task_id="task",
        service_name="users",
        task_definition_arn="arn",
        status="RUNNING",
        health="healthy",
        address="127.0.0.2",
        port=80,
        process_id=process_id,
        log_path=folder / "log",
    )


def test_a_broken_image_ends_at_start_with_a_reason(project: Path) -> None:
    images = FaultInjection(project / CATALOG, _outage("message-board-users"))
    assert images.catalog.command(IMAGE) == ("users-app",)
    images.break_down([])
    ended = subprocess.run(images.catalog.command(IMAGE), capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (1, "users: cannot open the database\n")
    images.repair()
    assert images.catalog.command(IMAGE) == ("users-app",)


def test_no_other_image_breaks(project: Path) -> None:
    images = FaultInjection(project / CATALOG, _outage("message-board-users"))
    images.break_down([])
    assert images.catalog.command("registry/colonnade-sandbox-message-board-posts:1") == ("posts-app",)


def test_running_tasks_are_killed(project: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as process:
        FaultInjection(project / CATALOG, _outage("message-board-users")).break_down(
            [_listing(process.pid, project), _listing(None, project)]
        )
        assert process.wait(10) == -9


def test_an_image_that_is_not_in_the_catalog_is_reported(project: Path) -> None:
    with pytest.raises(WrongInputError, match="the image catalog has no image 'orders'"):
        FaultInjection(project / CATALOG, _outage("orders"))


def test_a_project_without_a_catalog_is_reported(tmp_path: Path) -> None:
    with pytest.raises(WrongInputError, match=CATALOG.name):
        FaultInjection(tmp_path / CATALOG, _outage("message-board-users"))

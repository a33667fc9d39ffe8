"""A saved file starts the update that it needs, or none; an error leaves what runs, and the next edit is followed."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from rich.console import Console

from colonnade.terminal.progress import Progress
from colonnade_sandbox.control_plane.clients import connect
from colonnade_sandbox.project import Project
from colonnade_sandbox.session.watch import Watch
from tests.support.waiting import wait_until

_NO_UPDATE = (
    "deployments/shop.requests.toml",
    "deployments/notes.md",
    "environments/prod.toml",
    "service_apps/README.md",
)
_UPDATES = ("deployments/shop.py", "deployments/shop.tf", "environments/sandbox.toml", "service_apps/images.toml")
_SECONDS = 30.0
# No API listens there: an edit that must not reach AWS would be reported as an error.
_AWS = connect(endpoint="http://127.0.0.1:9", region="eu-west-1")


class _Watched:
    def __init__(self, root: Path) -> None:
        self.root, self._output, self._updates = root, io.StringIO(), root / "updates"
        self._updates.touch()

    @contextmanager
    def follow(self, script: str) -> Iterator[None]:
        """Follow the files; `script` is the Python program that updates the deployment."""
        watch = Watch(
            project=Project(root=self.root),
            aws=_AWS,
            command=(sys.executable, "-c", f"open('updates', 'a').write('x'); {script}"),
            progress=Progress(Console(file=self._output, width=200)),
        )
        watch.start()
        try:
            yield
        finally:
            watch.close()

    def save(self, name: str, text: str = "") -> None:
        (self.root / name).write_text(f"{text}# {time.monotonic()}\n")

    def printed(self) -> str:
        return self._output.getvalue()

    def updates(self) -> int:
        return len(self._updates.read_text())

    def follows(self) -> None:
        """Save declarations until the first is noticed: the thread needs a moment to begin."""
        deadline = time.monotonic() + _SECONDS
        while "Changed: deployments/shop.py" not in self.printed():
            assert time.monotonic() < deadline, self.printed()
            self.save("deployments/shop.py")
            time.sleep(0.5)


@pytest.fixture
def watched(tmp_path: Path) -> _Watched:
    for folder in ("deployments", "environments", "service_apps"):
        (tmp_path / folder).mkdir()
    return _Watched(tmp_path)


@pytest.mark.parametrize("name", _UPDATES)
def test_a_declaration_a_setting_and_the_list_of_images_run_the_update(watched: _Watched, name: str) -> None:
    with watched.follow("pass"):
        watched.follows()
        wait_until(lambda: "Done in " in watched.printed(), seconds=_SECONDS)
        before = watched.updates()
        watched.save(name)
        wait_until(lambda: watched.updates() > before, seconds=_SECONDS)


def test_other_files_update_nothing(watched: _Watched) -> None:
    with watched.follow("pass"):
        watched.follows()
        for name in _NO_UPDATE:
            watched.save(name)
        watched.save("environments/sandbox.toml")
        wait_until(lambda: "Changed: environments/sandbox.toml" in watched.printed(), seconds=_SECONDS)
    assert not [name for name in _NO_UPDATE if name in watched.printed()]


def test_a_mistake_in_an_app_is_named_before_a_task_is_replaced(watched: _Watched) -> None:
    with watched.follow("pass"):
        watched.follows()
        watched.save("service_apps/orders.py", "def (\n")
        wait_until(lambda: "The running tasks stay." in watched.printed(), seconds=_SECONDS)
    assert "service_apps/orders.py:1 is not Python" in watched.printed()


def test_an_update_that_fails_is_reported_and_the_next_edit_is_followed(watched: _Watched) -> None:
    with watched.follow("raise SystemExit(1)"):
        watched.follows()
        wait_until(lambda: "The update failed; see the lines above." in watched.printed(), seconds=_SECONDS)
        before = watched.updates()
        watched.save("environments/sandbox.toml")
        wait_until(lambda: watched.updates() > before, seconds=_SECONDS)


def test_the_end_of_the_watch_ends_the_update_that_runs(watched: _Watched) -> None:
    with watched.follow("import time; time.sleep(600)"):
        watched.follows()
        wait_until(lambda: watched.updates() > 0, seconds=_SECONDS)
        began = time.monotonic()
    assert time.monotonic() - began < _SECONDS
    assert "Done in " not in watched.printed()

"""The tag of images: the revision of the files that they are built from, marked when files differ from it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from colonnade.images.revision import INPUTS, current_tag
from colonnade.model.images.rules import is_pinned
from tests.support.specs import problems_raised


def git(root: Path, *arguments: str) -> str:
    settings = ("-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false")
    return subprocess.run(
        ["git", *settings, *arguments],  # noqa: S607
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def commit(root: Path, name: str, content: str = "x") -> str:
    """Commit one file; return the revision, as long as in a tag."""
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).write_text(content)
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", name)
    return git(root, "rev-parse", "HEAD").strip()[:12]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return a checkout with a commit of a file that images are built from."""
    git(tmp_path, "init", "--quiet")
    commit(tmp_path, "service_apps/app.py")
    return tmp_path


def test_the_tag_is_the_last_commit_that_changed_the_images_and_counts_as_pinned(root: Path) -> None:
    revision = commit(root, "Pipfile.lock")

    assert current_tag(root, allow_dirty=False) == revision
    assert is_pinned(revision)


@pytest.mark.parametrize(
    "name", ["README.md", "environments/prod.images.toml", "modules/network.py", "deployments/shop.requests.toml"]
)
def test_a_commit_that_changes_no_image_keeps_the_tag(root: Path, name: str) -> None:
    before = current_tag(root, allow_dirty=False)
    commit(root, name)
    (root / name).write_text("and a change that is not committed")

    assert current_tag(root, allow_dirty=False) == before


@pytest.mark.parametrize("name", INPUTS)
def test_a_commit_that_changes_the_images_changes_the_tag(root: Path, name: str) -> None:
    before = current_tag(root, allow_dirty=False)
    commit(root, name.replace("*", "new") if "." in name or name == "Pipfile" else f"{name}/new.py")

    assert current_tag(root, allow_dirty=False) != before


CHANGES: dict[str, Callable[[Path], object]] = {
    "changed": lambda root: (root / "service_apps" / "app.py").write_text("y"),
    "new": lambda root: (root / "service_apps" / "new app.py").write_text("y"),
    "deleted": lambda root: (root / "service_apps" / "app.py").unlink(),
    "staged": lambda root: ((root / "Pipfile").write_text("y"), git(root, "add", "Pipfile")),
}


@pytest.mark.parametrize("change", CHANGES)
def test_files_that_are_not_committed_are_refused_by_name_or_marked_in_the_tag(root: Path, change: str) -> None:
    revision = current_tag(root, allow_dirty=False)
    CHANGES[change](root)

    (problem,) = problems_raised(lambda: current_tag(root, allow_dirty=False))
    names = {"changed": "service_apps/app.py", "new": "service_apps/new app.py", "staged": "Pipfile"}
    assert problem == (
        f"images: files that images are built from are not committed: {names.get(change, 'service_apps/app.py')}\n"
        "    commit them, or build with --allow-dirty, which adds -dirty to the tag"
    )
    tag = current_tag(root, allow_dirty=True)
    assert re.fullmatch(rf"{revision}-dirty-[0-9a-f]{{8}}", tag)
    assert is_pinned(tag)


def test_each_change_has_its_own_tag_and_the_same_content_the_same_tag(root: Path) -> None:
    app = root / "service_apps" / "app.py"
    tags = []
    for content in ("one", "two", "one"):
        app.write_text(content)
        tags.append(current_tag(root, allow_dirty=True))

    assert tags[0] == tags[2] != tags[1]


def test_many_changed_files_are_counted_not_listed(root: Path) -> None:
    for number in range(12):
        (root / "service_apps" / f"new{number:02}.py").write_text("y")

    (problem,) = problems_raised(lambda: current_tag(root, allow_dirty=False))
    assert "service_apps/new07.py and 4 more\n" in problem


def test_without_a_revision_there_is_no_tag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    (problem,) = problems_raised(lambda: current_tag(tmp_path, allow_dirty=True))
    assert problem.startswith("images: git cannot report the revision: fatal: not a git repository")

    git(tmp_path, "init", "--quiet")
    (problem,) = problems_raised(lambda: current_tag(tmp_path, allow_dirty=True))
    assert problem.startswith("images: git cannot report the revision: fatal: ")

    commit(tmp_path, "README.md")
    (problem,) = problems_raised(lambda: current_tag(tmp_path, allow_dirty=True))
    assert problem.startswith("images: git has no commit of the files that images are built from")

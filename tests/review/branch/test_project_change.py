"""Tests of the review of a change to this project, as in CI: real syntheses, and a real plan in the sandbox."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.sandbox_session import PROJECT_ROOT
from tests.support.terraform import documented_files

pytestmark = [pytest.mark.sandbox, pytest.mark.slow]

DEPLOYMENT = Path("deployments/single_service.py")


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a clone with a single commit: this working tree, including its uncommitted changes."""
    folder = tmp_path_factory.mktemp("project") / "clone"
    listed = ("ls-files", "--cached", "--others", "--exclude-standard", "-z")
    for name in _git(PROJECT_ROOT, *listed).split("\0"):
        path = PROJECT_ROOT / name
        if path.is_file() or path.is_symlink():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, folder / name, follow_symlinks=False)
    _git(folder, "init", "--quiet", "--initial-branch=base")
    _git(folder, "add", "--all")
    _git(folder, "commit", "--quiet", "--message=project")
    return folder


def _git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false")
    return subprocess.run(
        ["git", *who, *arguments],  # noqa: S607
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def _review(clone: Path, wanted: str) -> subprocess.CompletedProcess[str]:
    """Review the clone with the only service of single_service declared as `wanted`."""
    declared = 'Service(name="service3", container_port=7073)'
    text = _git(clone, "show", f"HEAD:{DEPLOYMENT}")
    assert declared in text
    (clone / DEPLOYMENT).write_text(text.replace(declared, wanted))
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [sys.executable, "-m", "colonnade", "review", "--base", "base"],
        cwd=clone,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_change_is_reviewed_in_prod_and_a_second_review_reuses_the_applied_base(clone: Path) -> None:
    own = clone / "deployments" / "single_service.tf"
    own.mkdir()
    for name, text in documented_files().items():
        (own / name).write_text(text)
    larger = _review(clone, 'Service(name="service3", container_port=7073, cpu_units=512, memory_mib=1024)')
    assert larger.returncode == 0, larger.stderr
    assert larger.stdout.startswith("# Plan review: environment `prod`\n")
    assert "\n## `single_service`\n" in larger.stdout
    assert "1024" in larger.stdout
    assert "aws_s3_bucket.invoices" in larger.stdout
    assert "aws_appautoscaling_target.service3" in larger.stdout
    assert "\nNo change: `image-repositories`, `message_board`, `product_user`, `services`" in larger.stdout
    assert "Applying the base: single_service" in larger.stderr

    shutil.rmtree(own)
    never_pushed = 'public_image="ghcr.io/shop/new"'
    stopped = _review(clone, f'Service(name="service3", container_port=7073, desired_count=0, {never_pushed})')
    assert "Applying" not in stopped.stderr
    assert "Reusing the state of an earlier review: single_service" in stopped.stderr
    assert stopped.returncode == 3
    assert "aws_ecs_service.service3" in stopped.stdout
    assert "→ `ghcr.io/shop/new:not-pushed-yet`" in stopped.stdout
    assert "the plan shows 'new:not-pushed-yet' in its place `not-pushed-yet`" in stopped.stdout
    assert [path.name for path in (clone / ".sandbox").iterdir()] == ["states"]

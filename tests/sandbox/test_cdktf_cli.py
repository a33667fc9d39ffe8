"""The cdktf CLI deploys into the sandbox and destroys again, as `make cdktf-deploy` runs it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.sandbox_session import PROJECT_ROOT


@pytest.mark.sandbox
@pytest.mark.slow
def test_cdktf_deploys_is_answered_plans_nothing_more_destroys_and_leaves_nothing(tmp_path: Path) -> None:
    if not (PROJECT_ROOT / "node_modules" / ".ready").is_file():
        pytest.fail("This test needs node_modules: `make node_modules/.ready` makes it.", pytrace=False)
    root, scratch = tmp_path / "root", tmp_path / "scratch"
    scratch.mkdir()
    _link_project(root)
    ended = subprocess.run(
        ["make", "cdktf-deploy"],  # noqa: S607 - whichever make is on PATH
        cwd=root,
        env={**os.environ, "TMPDIR": str(scratch)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    said = ended.stdout
    assert ended.returncode == 0, said[-3000:] + ended.stderr
    order = [
        "\nImage-repositories",
    ]
    places = [said.find(text) for text in order]
    assert -1 not in places, order[places.index(-1)]
    assert places == sorted(places)
    assert list(scratch.iterdir()) == []


def _link_project(root: Path) -> None:
    """A project root whose cdktf.out is its own: other tests, or a developer, may write the real one meanwhile."""
    root.mkdir()
    for entry in PROJECT_ROOT.iterdir():
        if entry.name not in {"cdktf.out", ".sandbox", ".git"}:
            (root / entry.name).symlink_to(entry)

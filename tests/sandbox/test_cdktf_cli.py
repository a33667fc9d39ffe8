"""The cdktf CLI in the sandbox: tools/cdktf-deploy deploys and destroys with it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.support.sandbox_session import PROJECT_ROOT


@pytest.mark.sandbox
@pytest.mark.slow
def test_cdktf_deploys_gets_answers_plans_no_change_and_destroys_everything(tmp_path: Path) -> None:
    if not (PROJECT_ROOT / "node_modules" / ".ready").is_file():
        pytest.fail("This test needs node_modules: `make node_modules/.ready` makes it.", pytrace=False)
    root = tmp_path / "root"
    _link_project(root)
    # Not below tmp_path: the path of a provider's socket may not exceed 108 characters.
    with tempfile.TemporaryDirectory() as scratch:
        ended = subprocess.run(
            [
                sys.executable,
                "-m",
                "colonnade",
                *["sandbox", "run", "services", "--", "tools/cdktf-deploy", "services"],
            ],
            cwd=root,
            env={**os.environ, "TMPDIR": scratch},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        left = list(Path(scratch).iterdir())
    output = ended.stdout
    assert ended.returncode == 0, output[-3000:] + ended.stderr
    order = [
        "\nservices                        cdktf.out/stacks/services\n",
        "\nstate-backend  Apply complete! Resources: ",
        "\nimage-repositories  Apply complete! Resources: ",
        "\nservices  Apply complete! Resources: ",
        'GET https://services.colonnade.localhost/service1/fetch: 200 {"api":"API 1"',
        "== cdktf output services",
        "\n  url = https://services.colonnade.localhost\n",
        "== cdktf diff services",
        "No changes. Your infrastructure matches the configuration.",
        "\nservices  Destroy complete! Resources: ",
        "Everything is destroyed",
    ]
    rest = output
    for text in order:
        _, found, rest = rest.partition(text)
        assert found, f"not printed, or not in this order: {text!r}"
    assert left == []


def _link_project(root: Path) -> None:
    """Make a project root without cdktf.out, as other tests or a developer may write the real one meanwhile."""
    root.mkdir()
    for entry in PROJECT_ROOT.iterdir():
        if entry.name not in {"cdktf.out", ".sandbox", ".git"}:
            (root / entry.name).symlink_to(entry)

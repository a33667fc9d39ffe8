"""Fixtures: the sandboxes of one test module, and a command line with the smallest deployment.

The sandboxes end before the next module begins, because moto keeps one account for a whole process.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.sandbox_cli import SandboxCli
from tests.support.sandbox_session import PROJECT_ROOT, Sandboxes
from tests.support.small_stacks import DEPLOYMENT, write_small_stacks


@pytest.fixture(scope="module")
def sandboxes() -> Iterator[Sandboxes]:
    running = Sandboxes()
    yield running
    running.close()


@pytest.fixture
def cli(tmp_path: Path) -> Iterator[SandboxCli]:
    root = tmp_path / "root"
    root.mkdir()
    (root / "cdktf.json").write_text("{}")
    (root / "service_apps").symlink_to(PROJECT_ROOT / "service_apps")
    with tempfile.TemporaryDirectory() as scratch:
        yield SandboxCli(root, Path(scratch))


@pytest.fixture
def small(cli: SandboxCli, tmp_path: Path) -> list[str]:
    """Return the arguments for the smallest deployment. Its service has a variable from the file of secrets."""
    folder = write_small_stacks(tmp_path / "small", secrets={"FLAGS": "/small/flags"})
    (cli.root / "sandbox_secrets.toml").write_text('[ssm]\n"/small/flags" = "none"\n')
    return [DEPLOYMENT, "--synthesized", str(folder)]

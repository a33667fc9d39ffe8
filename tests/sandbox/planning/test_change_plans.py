"""Plans of synthesized JSON against a deployed version of it, in any environment.

The tests run the command line with the real Terraform on the smallest stacks. A later run finds the state of an
earlier one.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.sandbox_session import PROJECT_ROOT
from tests.support.small_stacks import DEPLOYMENT, write_small_stacks
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.sandbox, pytest.mark.slow]

REPOSITORIES = "image-repositories"
_LONG_SECONDS = 300.0


@dataclass(frozen=True)
class Cli:
    """The command line `python -m colonnade_sandbox plan-change` in temporary folders."""

    root: Path
    scratch: Path

    def start(self, base: Path, head: Path, *stacks: str) -> subprocess.Popen[str]:
        folders = ("--base", str(base), "--synthesized", str(head), "--out", str(self.root / "plans"))
        return subprocess.Popen(
            [sys.executable, "-m", "colonnade_sandbox", "plan-change", "--verbose", *folders, *stacks],
            cwd=self.root,
            env={**os.environ, "TMPDIR": str(self.scratch), "PYTHONPATH": str(PROJECT_ROOT)},
            stdout=(self.root / "output").open("w"),
            stderr=subprocess.STDOUT,
            text=True,
        )

    def output(self) -> str:
        return (self.root / "output").read_text()

    def plan(self, base: Path, head: Path, *stacks: str) -> dict[str, dict[str, Any]]:
        """Run the command and return the plans by stack."""
        assert self.start(base, head, *stacks).wait(_LONG_SECONDS) == 0, self.output()
        assert list(self.scratch.iterdir()) == []
        return {path.stem: json.loads(path.read_text()) for path in (self.root / "plans").glob("*.json")}


@pytest.fixture
def cli(tmp_path: Path) -> Iterator[Cli]:
    root = tmp_path / "root"
    root.mkdir()
    (root / "cdktf.json").write_text("{}")
    with tempfile.TemporaryDirectory() as scratch:
        yield Cli(root, Path(scratch))


def _changes(plan: dict[str, Any]) -> dict[str, list[str]]:
    changes = {each["address"]: each["change"]["actions"] for each in plan["resource_changes"]}
    return {address: actions for address, actions in changes.items() if actions != ["no-op"]}


def test_only_the_difference_is_planned_and_the_next_run_reuses_the_state(cli: Cli, tmp_path: Path) -> None:
    base = write_small_stacks(tmp_path / "base", environment="prod")
    head = write_small_stacks(tmp_path / "head", environment="prod", container_environment={"NEW": "1"})
    (base / "stacks" / REPOSITORIES / "cdk.tf.json").unlink()
    (base / "stacks" / REPOSITORIES).rmdir()

    first = cli.plan(base, head, DEPLOYMENT, REPOSITORIES)
    assert re.search(
        r"^Applying the base: small: 6 resources, \d+ s \(ECS 3, network 2, security groups 1\)$",
        cli.output(),
        re.MULTILINE,
    )
    assert _changes(first[DEPLOYMENT]) == {
        "aws_ecs_task_definition.small": ["delete", "create"],
        "aws_ecs_service.small": ["update"],
    }
    assert _changes(first[REPOSITORIES]) == {"terraform_data.nothing": ["create"]}  # a first deployment

    second = cli.plan(base, head, DEPLOYMENT, REPOSITORIES)
    assert "Applying" not in cli.output()
    assert second[DEPLOYMENT]["resource_changes"] == first[DEPLOYMENT]["resource_changes"]

    same = cli.plan(base, base, DEPLOYMENT)
    assert _changes(same[DEPLOYMENT]) == {}


def test_a_failed_apply_is_reported_with_its_stack_and_stops_the_others(cli: Cli, tmp_path: Path) -> None:
    base = write_small_stacks(tmp_path / "base")
    repositories = base / "stacks" / REPOSITORIES / "cdk.tf.json"
    document = json.loads(repositories.read_text())
    document["resource"]["terraform_data"]["nothing"]["unknown"] = 1
    repositories.write_text(json.dumps(document))
    assert cli.start(base, base, DEPLOYMENT, REPOSITORIES).wait(60) == 1
    assert f"Failed: Applying the base, {REPOSITORIES}: terraform apply failed" in cli.output()
    assert list(cli.scratch.iterdir()) == []


def test_an_interruption_ends_the_command_and_leaves_nothing(cli: Cli, tmp_path: Path) -> None:
    base = write_small_stacks(tmp_path / "base")
    stack, started = base / "stacks" / DEPLOYMENT / "cdk.tf.json", tmp_path / "started"
    document = json.loads(stack.read_text())
    endless = {"local-exec": {"command": f"touch {started}; exec sleep {_LONG_SECONDS}"}}
    document["resource"]["terraform_data"] = {"endless": {"provisioner": [endless]}}
    stack.write_text(json.dumps(document))
    process = cli.start(base, base, DEPLOYMENT)
    wait_until(lambda: started.exists() or process.poll() is not None, seconds=_LONG_SECONDS)
    process.send_signal(signal.SIGTERM)
    assert process.wait(_LONG_SECONDS) == 143, cli.output()
    assert "Failed" not in cli.output()
    assert list(cli.scratch.iterdir()) == []
    assert not (cli.root / ".sandbox" / "states").exists()

"""CDKTF's maintained fork: it synthesizes the same Terraform from the same source (docs/decisions/0001)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.project import PROJECT
from tests.support.synth import STACK_NAMES

pytestmark = [pytest.mark.slow, pytest.mark.synth, pytest.mark.xdist_group("cdktn")]

ROOT = Path(__file__).parents[3]
TOOL = ROOT / "tools" / "cdktn"
PYTHON = TOOL / ".venv" / "bin" / "python"


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The output of both engines, with a folder per environment."""

    cdktf: Path
    cdktn: Path


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """Synthesize everything with both engines; the fork in one process, because its bindings take seconds to import."""
    if not (TOOL / ".venv" / ".ready").is_file():
        pytest.fail("This test needs tools/cdktn/.venv: run `make tools/cdktn/.venv/.ready`.", pytrace=False)
    folder = tmp_path_factory.mktemp("engines")
    both = Written(cdktf=folder / "cdktf", cdktn=folder / "cdktn")
    _run([str(PYTHON), str(TOOL / "synthesize.py"), str(both.cdktn)])
    for environment in PROJECT.environment_names():
        variables = {"ENVIRONMENT": environment, "CDKTF_OUTDIR": str(both.cdktf / environment)}
        _run([sys.executable, "main.py"], **variables)
    return both


def _run(command: list[str], **variables: str) -> None:
    own = {name: value for name, value in os.environ.items() if name != "MIGRATION_PHASE"}
    ended = subprocess.run(command, cwd=ROOT, env={**own, **variables}, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def _document(folder: Path, environment: str, name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((folder / environment / "stacks" / name / "cdk.tf.json").read_text())
    return document


def _without_version(document: dict[str, Any]) -> dict[str, Any]:
    """Return the document without the engine's version, which is in the notes under `//`."""
    note = {key: value for key, value in document["//"]["metadata"].items() if key != "version"}
    return {**document, "//": {**document["//"], "metadata": note}}


@pytest.mark.parametrize("name", STACK_NAMES)
@pytest.mark.parametrize("environment", PROJECT.environment_names())
def test_the_fork_writes_the_same_terraform_except_for_its_version(
    written: Written, environment: str, name: str
) -> None:
    ours, forks = (_document(folder, environment, name) for folder in (written.cdktf, written.cdktn))
    assert _without_version(ours) == _without_version(forks)


def test_the_fork_wrote_its_output_without_cdktf(written: Written) -> None:
    pins = json.loads((TOOL / "Pipfile.lock").read_text())["default"]
    note = _document(written.cdktn, "sandbox", "services")["//"]["metadata"]
    assert note["version"] == pins["cdktn"]["version"].removeprefix("==")
    absent = "import importlib.util, sys; sys.exit(importlib.util.find_spec('cdktf') is not None)"
    assert subprocess.run([str(PYTHON), "-c", absent], check=False).returncode == 0


@pytest.mark.parametrize("environment", PROJECT.environment_names())
def test_the_manifest_that_the_command_line_tool_reads_is_the_same(written: Written, environment: str) -> None:
    ours, forks = (
        json.loads((folder / environment / "manifest.json").read_text()) for folder in (written.cdktf, written.cdktn)
    )
    assert {**ours, "version": None} == {**forks, "version": None}

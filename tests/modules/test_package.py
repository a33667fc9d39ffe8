"""Tests of the package of the constructs: its import name, and its imports from the project."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "modules").glob("*.py"))
OF_A_DEPLOYMENT = {"resolve", "resolved", "settings", "Deployment", "Resolved", "Environment", "Service"}


def _import(statement: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", statement], cwd=ROOT, check=False, capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize("statement", ["import modules", "import modules.iam_policy", "from modules import iam_policy"])
def test_an_import_as_modules_is_refused_with_the_right_name(statement: str) -> None:
    refused = _import(statement)
    assert refused.returncode == 1
    assert refused.stderr.splitlines()[-1] == (
        "ImportError: import this package as 'colonnade.modules', not as 'modules'"
    )


def test_it_can_be_imported_as_part_of_colonnade() -> None:
    assert _import("import colonnade.modules.iam_policy").returncode == 0


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_construct_imports_a_deployment_a_service_or_an_environment(path: Path) -> None:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    imports = [node for node in nodes if isinstance(node, ast.ImportFrom) and node.module is not None]
    names = {alias.name for node in imports for alias in node.names}
    modules = {str(node.module).rpartition(".")[2] for node in imports}
    assert (names | modules) & OF_A_DEPLOYMENT == set()

"""Runs and loads the scripts of `tools` and `.github`, which are no packages: for the tests of it."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
TOOLS, SCRIPTS = ROOT / "tools", ROOT / ".github" / "scripts"


def load(path: Path) -> Any:
    """The module of a Python file, wherever it lies."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

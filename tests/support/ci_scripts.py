"""Runs and loads what lies in `.ci`, which is no package: for the tests of it."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

CI = Path(__file__).parent.parent.parent / ".ci"


def load(path: Path) -> Any:
    """The module of a Python file, wherever it lies."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

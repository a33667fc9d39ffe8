"""The paths and the loader of the scripts in `tools` and `.github`, which are not packages."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
TOOLS, SCRIPTS = ROOT / "tools", ROOT / ".github" / "scripts"


def load(path: Path) -> Any:
    """Return the module of a Python file at any path."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

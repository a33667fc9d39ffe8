"""A script that removes every package index from a Pipfile.lock, so that a mirror or a proxy works unchanged.

`tools/lock` calls it after pipenv; a test checks that the committed lock names no index.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def without_index(lock: dict[str, Any]) -> dict[str, Any]:
    """Return the lock with an empty list of sources, and without the `index` of each package."""
    meta = {**lock["_meta"], "sources": []}
    categories = {
        name: {package: {k: v for k, v in pin.items() if k != "index"} for package, pin in pins.items()}
        for name, pins in lock.items()
        if name != "_meta"
    }
    return {"_meta": meta, **categories}


def render(lock: dict[str, Any]) -> str:
    """Return the lock in pipenv's format: four spaces, sorted keys, a final newline."""
    return json.dumps(lock, indent=4, separators=(",", ": "), sort_keys=True) + "\n"


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(render(without_index(json.loads(path.read_text()))))

"""Takes every package index out of the Pipfile.lock given as argument, so that a mirror or a proxy works unchanged.

Called by `tools/lock` after pipenv, and by a test that shows the committed lock needs no change.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any


def without_index(lock: dict[str, Any]) -> dict[str, Any]:
    """The lock with an empty list of sources, and without the `index` that pipenv notes for a package."""
    meta = {**lock["_meta"], "sources": []}
    categories = {
        name: {package: {k: v for k, v in pin.items() if k != "index"} for package, pin in pins.items()}
        for name, pins in lock.items()
        if name != "_meta"
    }
    return {"_meta": meta, **categories}


def render(lock: dict[str, Any]) -> str:
    """The lock as pipenv writes it: four spaces, sorted keys, a line end."""
    return json.dumps(lock, indent=4, separators=(",", ": "), sort_keys=True) + "\n"


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(render(without_index(json.loads(path.read_text()))))

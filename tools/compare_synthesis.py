"""A comparison of the synthesis of two versions of this project: every stack, environment and migration phase.

    .venv/bin/python tools/compare_synthesis.py BASE

BASE is a commit. Its own main.py and the working tree's run with this virtual environment; the Terraform JSON is
compared without CDKTF's notes under `//`. Exit status 0: equal; 1: a stack differs; 2: a synthesis failed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

PHASES = ("", "monolith", "attached", "canary", "cutover", "retired")
"""The empty string selects the phase of the environment's file."""


def main() -> int:
    """Compare the commit on the command line with the working tree; return the exit status."""
    parser = argparse.ArgumentParser(description="Compare the synthesis of a commit and of the working tree.")
    parser.add_argument("base", help="a commit")
    base: str = parser.parse_args().base
    with tempfile.TemporaryDirectory(prefix="colonnade-compare-") as scratch:
        folder = Path(scratch)
        _extract(base, folder / "source")
        with ThreadPoolExecutor(max_workers=2) as pool:
            versions = ((folder / "source", folder / "old"), (Path.cwd(), folder / "new"))
            statuses = list(pool.map(lambda version: _synthesize_all(*version), versions))
        if not all(statuses):
            return 2
        return _report(_stacks(folder / "old"), _stacks(folder / "new"))


def _extract(commit: str, folder: Path) -> None:
    archive = folder.with_suffix(".tar")
    subprocess.run(["git", "archive", f"--output={archive}", commit], check=True)  # noqa: S607
    with tarfile.open(archive) as files:
        files.extractall(folder, filter="data")


def _synthesize_all(source: Path, out: Path) -> bool:
    """Synthesize every environment in every phase; return whether all succeeded."""
    names = sorted(path.stem for path in (source / "environments").glob("*.toml") if ".images" not in path.name)
    for name in names:
        for phase in PHASES:
            settings = {"ENVIRONMENT": name, "CDKTF_OUTDIR": str(out / f"{name}-{phase or 'as-declared'}")}
            variables = {**os.environ, **settings, **({"MIGRATION_PHASE": phase} if phase else {})}
            sys.stderr.write(f"{source.name}: {name} {phase}\n")
            if subprocess.run([sys.executable, "main.py"], cwd=source, env=variables, check=False).returncode != 0:
                return False
    return True


def _stacks(folder: Path) -> Mapping[str, str]:
    """Return each stack's JSON, sorted and without CDKTF's notes, by its path below `folder`."""
    return {
        str(path.relative_to(folder).parent): json.dumps(_without_notes(json.loads(path.read_text())), sort_keys=True)
        for path in sorted(folder.rglob("cdk.tf.json"))
    }


def _without_notes(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_notes(item) for key, item in value.items() if key != "//"}
    return [_without_notes(item) for item in value] if isinstance(value, list) else value


def _report(old: Mapping[str, str], new: Mapping[str, str]) -> int:
    differences = list(_differences(old, new))
    sys.stdout.writelines(f"{line}\n" for line in differences)
    sys.stdout.write(f"{len(old)} stacks compared: {len(differences)} differ\n")
    return 1 if differences else 0


def _differences(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[str]:
    for name in sorted(old.keys() | new.keys()):
        if name not in new or name not in old:
            yield f"{name}: only in the {'base' if name in old else 'working tree'}"
        elif old[name] != new[name]:
            yield f"{name}: differs"


if __name__ == "__main__":
    raise SystemExit(main())

"""`python -m colonnade.review.branch BASE`: Markdown on stdout, progress on stderr. `make review` and CI call it.

ENVIRONMENT says which environment; default sandbox. Exit status: the highest of the reviews' (0, or 3 for something
dangerous); 1: the change cannot be planned; 2: wrong input; 128 + signal when interrupted.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from colonnade.review.branch.comparison import EVERY, compare, read_documents
from colonnade.review.branch.errors import ReviewError
from colonnade.review.branch.processes import InterruptedBySignalError, Interruptible
from colonnade.review.branch.versions import common_commit, synthesize

ALLOW_FILE = Path(".review-allow")
"""Changes that may happen although they are dangerous, where this exists in the working tree."""
_SCRATCH = Path(".sandbox")
_FAILED = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Reviews the working tree against the commit that the command line names; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m colonnade.review.branch", description="Reviews what the working tree changes."
    )
    parser.add_argument("base", help="a branch or commit, as origin/main; where the working tree has left it counts")
    parser.add_argument("--deployment", default=EVERY, metavar="NAME", help="only this stack; default: every one")
    options = parser.parse_args(arguments)
    environment = os.environ.get("ENVIRONMENT", "sandbox")
    try:
        with Interruptible() as processes, _scratch(processes) as folder:
            return _review(processes, options.base, options.deployment, environment, folder)
    except ReviewError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status
    except InterruptedBySignalError as interrupted:
        sys.stderr.write("Interrupted. Nothing is left running.\n")
        return interrupted.exit_status


@contextmanager
def _scratch(processes: Interruptible) -> Iterator[Path]:
    _SCRATCH.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="review-", dir=_SCRATCH)).resolve()
    try:
        yield folder
    finally:
        with processes.uninterrupted():
            shutil.rmtree(folder, ignore_errors=True)


def _review(processes: Interruptible, base: str, deployment: str, environment: str, folder: Path) -> int:
    commit = common_commit(base)
    sys.stderr.write(f"Synthesizing {base} at {commit[:7]} and the working tree, environment {environment}\n")
    old, new = synthesize(processes, base=base, commit=commit, environment=environment, folder=folder)
    found = compare(read_documents(old), read_documents(new), deployment)
    for name, note in found.planned.items():
        if note:  # it is planned from nothing
            shutil.rmtree(old / "stacks" / name, ignore_errors=True)
    plans = folder / "plans"
    if found.planned:
        options = ("--base", str(old), "--synthesized", str(new), "--out", str(plans))
        planning = processes.start(
            "-m", "colonnade_sandbox", "plan-change", *options, *found.planned, stdout=sys.stderr
        )
        if planning.wait() != 0:
            raise ReviewError("The change cannot be planned; the lines above say why.", _FAILED)
    _write(f"# Plan review: environment `{environment}`\n\nThe working tree against `{base}`, at {commit[:7]}.\n")
    status = 0
    for name, note in found.planned.items():
        _write(f"\n## `{name}`\n\n{note}")
        status = max(status, _reviewed(processes, plans / f"{name}.json"))
    _write(found.remainder())
    return status


def _reviewed(processes: Interruptible, plan: Path) -> int:
    """The review's own Markdown goes where this one goes; its exit status."""
    allowed = ("--allow-file", str(ALLOW_FILE)) if ALLOW_FILE.is_file() else ()
    return processes.start("-m", "colonnade.review", str(plan), *allowed, stdout=sys.stdout).wait()


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()  # before the next process writes there


if __name__ == "__main__":
    raise SystemExit(main())

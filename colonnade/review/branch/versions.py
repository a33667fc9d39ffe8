"""The synthesis of two versions of the project, the base and the working tree, each by its own code.

    git merge-base -> git archive -> main.py of the base
    working tree -> main.py of the working tree

Both run in this virtual environment. Python puts the folder of the script first on the import path, so each version
imports its own packages.
"""

from __future__ import annotations

import signal
import subprocess
import tarfile
from collections.abc import Mapping
from pathlib import Path

from colonnade.review.errors import PlanningError, ReviewError
from colonnade.synthesis import MAIN, start_synthesis
from colonnade.terminal.processes import Children


def common_commit(base: str, root: Path) -> str:
    """Return the merge base of HEAD and `base`: later commits of the base are not part of the change.

    Raise ReviewError if this clone does not contain `base` or the merge base.
    """
    base_commit = git_output(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{base}^{{commit}}")
    if base_commit is None:
        raise ReviewError(f"base {base!r} is not a commit in this clone; run `git fetch` to get the remote's branches")
    common = git_output(root, "merge-base", "HEAD", base_commit)
    if common is None:
        raise ReviewError(f"base {base!r} and HEAD have no common commit in this clone; run `git fetch --unshallow`")
    return common


def synthesize(
    children: Children, root: Path, *, base: str, commit: str, environment: str, folder: Path
) -> tuple[Path, Path]:
    """Synthesize both versions for the environment. Return the folders of the base and the working tree, in `folder`.

    The base's folder does not exist if the base does not have the environment. Raise ReviewError with the output of a
    synthesis that fails, and PlanningError for one that a signal ends.
    """
    source, old, new = folder / "source", folder / "old", folder / "new"
    _extract(root, commit, source)
    if not (source / MAIN).is_file():
        raise ReviewError(f"base {base!r}, at {commit[:7]}, has no {MAIN}; it is too old to be synthesized")
    head = _start(children, root, new, environment, {})
    base_synthesis = None
    if (source / "environments" / f"{environment}.toml").is_file():
        # MIGRATION_PHASE applies to the working tree only; the base keeps its own phases.
        base_synthesis = _start(children, source, old, environment, {"MIGRATION_PHASE": None})
    _require(head, "")
    if base_synthesis is not None:
        _require(
            base_synthesis, f"base {base!r}, at {commit[:7]}, cannot be synthesized with this virtual environment:\n"
        )
    return old, new


def _start(
    children: Children, source: Path, out: Path, environment: str, settings: Mapping[str, str | None]
) -> subprocess.Popen[str]:
    return start_synthesis(
        children,
        source,
        environment=environment,
        folder=out,
        stand_ins=True,
        settings=settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def _require(synthesis: subprocess.Popen[str], introduction: str) -> None:
    output, _ = synthesis.communicate()
    if synthesis.returncode < 0:
        ended = signal.strsignal(-synthesis.returncode)
        raise PlanningError(f"{introduction}{output}The synthesis was ended by a signal: {ended}")
    if synthesis.returncode != 0:
        raise ReviewError(f"{introduction}{output.strip()}")


def _extract(root: Path, commit: str, folder: Path) -> None:
    """Extract the project's files at a commit.

    It uses `git archive`, because `git worktree` would leave an entry in `.git`.
    """
    archive = folder.with_suffix(".tar")
    if git_output(root, "archive", f"--output={archive}", commit) is None:
        raise ReviewError(f"the files of {commit[:7]} cannot be read from this clone")
    with tarfile.open(archive) as files:
        files.extractall(folder, filter="data")


def git_output(root: Path, *arguments: str) -> str | None:
    """Return the output of a git command in the project's root; None if it fails."""
    try:
        ended = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=False)  # noqa: S607
    except FileNotFoundError as error:
        raise ReviewError("git is not on PATH") from error
    return ended.stdout.rstrip("\n") if ended.returncode == 0 else None

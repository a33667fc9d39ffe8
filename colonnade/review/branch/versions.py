"""BASE and the working tree, each synthesized by its own code with this clone's virtual environment.

git merge-base -> git archive -> main.py; the working tree's main.py beside it
"""

from __future__ import annotations

import os
import subprocess
import tarfile
from collections.abc import Mapping
from pathlib import Path

from colonnade.review.branch.errors import ReviewError
from colonnade.review.branch.processes import Interruptible


def common_commit(base: str) -> str:
    """Where the working tree has left `base`: what others have changed there since is no part of the change.

    Raises ReviewError where this clone does not know it.
    """
    there = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{base}^{{commit}}")
    if there is None:
        raise ReviewError(f"BASE {base!r} is no commit of this clone; `git fetch` brings the remote's branches")
    common = _git("merge-base", "HEAD", there)
    if common is None:
        raise ReviewError(f"BASE {base!r} and HEAD have no common commit here; see `git fetch --unshallow`")
    return common


def synthesize(
    processes: Interruptible, *, base: str, commit: str, environment: str, folder: Path
) -> tuple[Path, Path]:
    """What the base's and the working tree's code write for the environment, in two folders below `folder`.

    An environment that the base does not have leaves its folder away. Raises ReviewError with what synthesis told.
    """
    source, old, new = folder / "source", folder / "old", folder / "new"
    _extract(commit, source)
    if not (source / "main.py").is_file():
        raise ReviewError(f"BASE {base!r}, at {commit[:7]}, has no main.py: it is older than what can be synthesized")
    head = _start(processes, Path.cwd(), new, {"ENVIRONMENT": environment})
    there = None
    if (source / "environments" / f"{environment}.toml").is_file():
        # A wish for the next step is the working tree's; what is there is what the base's files say.
        there = _start(processes, source, old, {"ENVIRONMENT": environment, "MIGRATION_PHASE": None})
    _require(head, "")
    if there is not None:
        _require(there, f"BASE {base!r}, at {commit[:7]}, cannot be synthesized with this clone's .venv:\n")
    return old, new


def _start(
    processes: Interruptible, source: Path, out: Path, settings: Mapping[str, str | None]
) -> subprocess.Popen[str]:
    wanted = {**os.environ, **settings, "CDKTF_OUTDIR": str(out)}
    environment = {name: value for name, value in wanted.items() if value is not None}
    return processes.start(
        "main.py", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, folder=source, environment=environment
    )


def _require(synthesis: subprocess.Popen[str], introduction: str) -> None:
    told, _ = synthesis.communicate()
    if synthesis.returncode != 0:
        raise ReviewError(f"{introduction}{told.strip()}")


def _extract(commit: str, folder: Path) -> None:
    """Through an archive: it leaves nothing in the clone's own records, whenever this ends."""
    archive = folder.with_suffix(".tar")
    if _git("archive", f"--output={archive}", commit) is None:
        raise ReviewError(f"the files of {commit[:7]} cannot be read from this clone")
    with tarfile.open(archive) as files:
        files.extractall(folder, filter="data")


def _git(*arguments: str) -> str | None:
    """What git answers; None where it refuses."""
    try:
        ended = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)  # noqa: S607
    except FileNotFoundError as error:
        raise ReviewError("git is not on PATH") from error
    return ended.stdout.strip() if ended.returncode == 0 else None

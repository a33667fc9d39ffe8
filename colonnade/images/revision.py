"""The tag of the images: the last git commit that changed a file that images are built from. All images share it.

A commit that only pins images or corrects a document requires no new images.
"""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

from colonnade.model.errors import ConfigurationError, Problem

INPUTS = ("Pipfile", "Pipfile.lock", ".dockerignore", "service_apps", "deployments/*.py")
"""The files that images are built from, as git names them: those that the Dockerfile copies, and the deployments, which
declare an architecture."""

_REVISION_LENGTH = 12
_HASH_LENGTH = 8
_LISTED = 8


def current_tag(root: Path, *, allow_dirty: bool) -> str:
    """Return the first 12 digits of the revision, with `-dirty-` and a hash of the content if files differ from it.

    Raises ConfigurationError if there is no revision, or if files differ and `allow_dirty` is false.
    """
    revision = _git(root, "log", "-1", "--format=%H", "--", *INPUTS).strip()[:_REVISION_LENGTH]
    if not revision:
        raise _refusal("git has no commit of the files that images are built from", f"commit {', '.join(INPUTS)}")
    changed = _changed(root)
    if not changed:
        return revision
    if not allow_dirty:
        listing = ", ".join(changed[:_LISTED]) + (
            f" and {len(changed) - _LISTED} more" if len(changed) > _LISTED else ""
        )
        raise _refusal(
            f"files that images are built from are not committed: {listing}",
            "commit them, or build with --allow-dirty, which adds -dirty to the tag",
        )
    return f"{revision}-dirty-{_content_hash(root)}"


def _changed(root: Path) -> list[str]:
    """Return the files that differ from the last commit, new and deleted ones included."""
    status = _git(root, "status", "--porcelain", "-z", "--no-renames", "--untracked-files=all", "--", *INPUTS)
    return [entry[3:] for entry in status.split("\0") if entry]


def _content_hash(root: Path) -> str:
    """Return a hash of the names and contents of the files, so that every change results in another tag."""
    digest = hashlib.sha256()
    listed = _git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *INPUTS)
    for name in sorted(set(listed.split("\0")) - {""}):
        path = root / name
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "deleted"
        digest.update(f"{name}\0{content}\0".encode())
    return digest.hexdigest()[:_HASH_LENGTH]


def _git(root: Path, *arguments: str) -> str:
    try:
        ended = subprocess.run(
            ["git", *arguments],  # noqa: S607 - the user's git
            cwd=root,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise _refusal("git is not on PATH", "install it") from None
    if ended.returncode != 0:
        reason = ended.stderr.strip().splitlines()
        raise _refusal(
            f"git cannot report the revision: {reason[-1] if reason else ended.returncode}",
            "build in a git checkout with a commit, because the tag is its revision",
        )
    return ended.stdout


def _refusal(message: str, fix: str) -> ConfigurationError:
    return ConfigurationError([Problem(subject="images", message=message, fix=fix)])

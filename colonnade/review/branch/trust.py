"""The parts of a change that decide about its own review: approvals, the policy, workflows, and the code of the review.

A change must not approve itself. So approvals and the policy are read from the base, and edits of these
files are reported first.
"""

from __future__ import annotations

import re
from pathlib import Path

from colonnade.review.approvals import FILE, FORMER_FILE, Approval, approvals
from colonnade.review.branch.versions import git_output
from colonnade.review.policy import FILE as POLICY_FILE
from colonnade.review.policy import Policy, policy

_DECIDING = re.compile(
    rf"(.*/)?(\.github/.*|\.ci/.*|colonnade/review/.*|{re.escape(FORMER_FILE)}|review-[a-z]+\.toml)", re.DOTALL
)
"""Files that change what is reviewed or approved, in the project or in the repository around it."""


def base_approvals(base: str, root: Path) -> tuple[Approval, ...]:
    """Return the approvals in the base's own file; none without the file. Raise ReviewError for a wrong file.

    Approvals that landed on the base after the branch left it count too.
    """
    text = git_output(root, "show", "--end-of-options", f"{base}:./{FILE}")
    return approvals(text, name=f"{FILE} of {base}") if text is not None else ()


def base_policy(base: str, root: Path) -> Policy:
    """Return the policy in the base's own file, else that of the review. Raise ReviewError for a wrong file."""
    text = git_output(root, "show", "--end-of-options", f"{base}:./{POLICY_FILE}")
    return policy(text, name=f"{POLICY_FILE} of {base}") if text is not None else Policy()


def deciding_edits(commit: str, root: Path) -> tuple[str, ...]:
    """Return the files that decide about a review and differ from the commit, committed or not, by path."""
    changed = git_output(root, "diff", "--name-only", "--no-renames", "-z", commit) or ""
    added = git_output(root, "ls-files", "--others", "--exclude-standard", "--full-name", "-z", ":/") or ""
    paths = {path for path in (changed + "\0" + added).split("\0") if path}
    return tuple(sorted(path for path in paths if _DECIDING.fullmatch(path)))

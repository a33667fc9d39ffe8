"""A script that posts a Markdown file as one comment on a pull request, and updates that comment on later runs.

    GH_TOKEN=... GITHUB_REPOSITORY=owner/name python3 .github/scripts/sticky_comment.py NUMBER FILE

It needs only Python and `gh`. The comment begins with the files of the pull request that decide about its review. The
code of the pull request writes the review, so the review could leave them out. Without the file, the comment reports
that the review failed. If the token is read-only, as for a pull request from a fork, it prints a notice and exits with
0: the review is then only in the job's summary.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

MARKER = "<!-- plan review: this comment is kept up to date -->"
MAX_LENGTH = 65_400
"""Characters; the limit of GitHub is 65,536, and a review has at most 65,000."""
_CUT = "_This comment is truncated at GitHub's limit; the summary of the job has the full review._\n\n"
_FAILED = "# Plan review\n\nThe review failed. See the log of this run.\n"
_MAY_NOT = "HTTP 403"
_DECIDING = re.compile(
    r"(.*/)?(\.github/.*|\.ci/.*|colonnade/review/.*|\.review\-allow|review-[a-z]+\.toml)", re.DOTALL
)
_MOST_FILES = 20


class RefusedError(Exception):
    """A request that GitHub refused, with the error message of `gh`."""


def body(text: str, edits: Sequence[str] = ()) -> str:
    """Return the comment: the marker that identifies it, the deciding `edits`, and the text, truncated to the limit."""
    first = f"{MARKER}\n{_warning(edits)}"
    whole = f"{first}{text}"
    if len(whole) <= MAX_LENGTH:
        return whole
    kept = f"{first}{_CUT}{text}"[:MAX_LENGTH]
    return kept[: kept.rindex("\n") + 1]


def deciding_edits(repository: str, pull_request: int) -> list[str]:
    """Return the files of the pull request that decide about its review, including those that it renames or deletes."""
    names = ".[] | [.filename, .previous_filename] | @json"
    listed = _gh("api", "--paginate", f"repos/{repository}/pulls/{pull_request}/files", "--jq", names)
    paths = {path for line in listed.splitlines() for path in json.loads(line) if path is not None}
    return sorted(path for path in paths if _DECIDING.fullmatch(path))


def _warning(edits: Sequence[str]) -> str:
    if not edits:
        return ""
    shown = [f"`{re.sub(r'[^A-Za-z0-9_./ -]', '?', path)[:200]}`" for path in edits[:_MOST_FILES]]
    more = f" and {len(edits) - _MOST_FILES} more" if len(edits) > _MOST_FILES else ""
    return (
        f"**This pull request edits files that decide about its review:** {', '.join(shown)}{more}. Its own code wrote "
        "the review below, so read these files first.\n\n"
    )


def post(repository: str, pull_request: int, text: str) -> None:
    """Update the existing comment, or create it. Raise RefusedError if GitHub refuses."""
    edits = deciding_edits(repository, pull_request)
    comments = f"repos/{repository}/issues/{pull_request}/comments"
    # Only comments by this workflow's own token: any user can write the marker.
    mine = f'.[] | select(.user.login == "github-actions[bot]" and (.body | startswith({json.dumps(MARKER)}))) | .id'
    found = _gh("api", "--paginate", comments, "--jq", mine).split()
    place = ("PATCH", f"repos/{repository}/issues/comments/{found[0]}") if found else ("POST", comments)
    _gh("api", "--method", *place, "--input", "-", "--silent", message=json.dumps({"body": body(text, edits)}))


def _gh(*arguments: str, message: str | None = None) -> str:
    ended = subprocess.run(["gh", *arguments], input=message, capture_output=True, text=True, check=False)  # noqa: S607
    if ended.returncode != 0:
        raise RefusedError(ended.stderr.strip())
    return ended.stdout


def main(arguments: list[str]) -> int:
    """Post the file that the command line names; return the exit status."""
    number, file = arguments[0], Path(arguments[1])
    text = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else _FAILED
    try:
        post(os.environ["GITHUB_REPOSITORY"], int(number), text)
    except RefusedError as refusal:
        if _MAY_NOT not in str(refusal):
            sys.stderr.write(f"{refusal}\n")
            return 1
        sys.stdout.write("::notice::The token of this run cannot comment; the review is in the job's summary.\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

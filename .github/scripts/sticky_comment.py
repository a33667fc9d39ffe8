"""Posts a Markdown file as the one comment of its kind on a pull request: made once, changed from then on.

    GH_TOKEN=... GITHUB_REPOSITORY=owner/name python3 .github/scripts/sticky_comment.py NUMBER FILE

Needs nothing but Python and `gh`. Where the token may only read, as for a pull request from a fork, it says so and
ends well: the review then stands in the job's summary alone.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

MARKER = "<!-- plan review: this comment is kept up to date -->"
MAX_LENGTH = 65_000
"""Characters; GitHub takes 65,536."""
_CUT = "_This is longer than a comment may be and cut at its end; the summary of the job has it all._\n\n"
_MAY_NOT = "HTTP 403"


class RefusedError(Exception):
    """GitHub's answer, as `gh` tells it."""


def body(text: str) -> str:
    """The comment: the marker by which it is found again, and the text, as far as there is room."""
    whole = f"{MARKER}\n{text}"
    if len(whole) <= MAX_LENGTH:
        return whole
    kept = f"{MARKER}\n{_CUT}{text}"[:MAX_LENGTH]
    return kept[: kept.rindex("\n") + 1]


def post(repository: str, pull_request: int, text: str) -> None:
    """Changes the comment that is there, or makes it. Raises RefusedError."""
    comments = f"repos/{repository}/issues/{pull_request}/comments"
    # Only what this workflow's own token has written: anybody may write the marker.
    mine = f'.[] | select(.user.login == "github-actions[bot]" and (.body | startswith({json.dumps(MARKER)}))) | .id'
    found = _gh("api", "--paginate", comments, "--jq", mine).split()
    place = ("PATCH", f"repos/{repository}/issues/comments/{found[0]}") if found else ("POST", comments)
    _gh("api", "--method", *place, "--input", "-", "--silent", message=json.dumps({"body": body(text)}))


def _gh(*arguments: str, message: str | None = None) -> str:
    ended = subprocess.run(["gh", *arguments], input=message, capture_output=True, text=True, check=False)  # noqa: S607
    if ended.returncode != 0:
        raise RefusedError(ended.stderr.strip())
    return ended.stdout


def main(arguments: list[str]) -> int:
    """Posts the file that the command line names; returns the exit status."""
    number, file = arguments
    try:
        post(os.environ["GITHUB_REPOSITORY"], int(number), Path(file).read_text(encoding="utf-8"))
    except RefusedError as refusal:
        if _MAY_NOT not in str(refusal):
            sys.stderr.write(f"{refusal}\n")
            return 1
        sys.stdout.write("::notice::This run may not comment; the review stands in its summary.\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

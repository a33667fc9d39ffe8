"""The review's comment is created once and then updated; a read-only token is not a failure."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from colonnade.review.branch import trust
from tests.support.ci_scripts import SCRIPTS, load

SCRIPT = SCRIPTS / "sticky_comment.py"
sticky_comment = load(SCRIPT)
GH = """#!{python}
import json, os, pathlib, sys
folder = pathlib.Path({folder!r})
with (folder / "calls").open("a") as calls:
    message = sys.stdin.read() if "--input" in sys.argv else None
    calls.write(json.dumps([*sys.argv[1:], message]) + "\\n")
if "--input" in sys.argv and (folder / "refusal").exists():
    sys.exit((folder / "refusal").read_text())
answer = folder / ("files" if "/files" in " ".join(sys.argv) else "found")
if "--jq" in sys.argv and answer.exists():
    print(answer.read_text())
"""


class GitHub:
    """A `gh` that records its arguments; the files `found`, `files` and `refusal` are its answers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        program = folder / "gh"
        program.write_text(GH.format(python=sys.executable, folder=str(folder)))
        program.chmod(0o755)

    def post(self, text: str | None) -> subprocess.CompletedProcess[str]:
        file = self.folder / "review.md"
        if text is not None:
            file.write_text(text)
        return subprocess.run(
            [sys.executable, str(SCRIPT), "7", str(file)],
            env={**os.environ, "PATH": f"{self.folder}:{os.environ['PATH']}", "GITHUB_REPOSITORY": "owner/name"},
            capture_output=True,
            text=True,
            check=False,
        )

    def calls(self) -> list[list[str]]:
        return [json.loads(line) for line in (self.folder / "calls").read_text().splitlines()]


@pytest.fixture
def github(tmp_path: Path) -> GitHub:
    return GitHub(tmp_path)


def test_the_first_review_creates_the_comment(github: GitHub) -> None:
    assert github.post("# Review\n").returncode == 0
    _, look_up, posted = github.calls()
    assert look_up[:3] == ["api", "--paginate", "repos/owner/name/issues/7/comments"]
    assert posted[:4] == ["api", "--method", "POST", "repos/owner/name/issues/7/comments"]
    assert json.loads(posted[-1]) == {"body": f"{sticky_comment.MARKER}\n# Review\n"}


def test_a_missing_review_replaces_the_comment_of_an_earlier_one(github: GitHub) -> None:
    (github.folder / "found").write_text("42")
    assert github.post(None).returncode == 0
    body = json.loads(github.calls()[2][-1])["body"]
    assert body == f"{sticky_comment.MARKER}\n# Plan review\n\nThe review failed. See the log of this run.\n"


def test_later_reviews_update_the_first_comment_that_was_found(github: GitHub) -> None:
    (github.folder / "found").write_text("42\n43")
    assert github.post("# Review\n").returncode == 0
    assert github.calls()[2][:4] == ["api", "--method", "PATCH", "repos/owner/name/issues/comments/42"]


def test_a_read_only_token_is_reported_and_is_not_a_failure(github: GitHub) -> None:
    (github.folder / "refusal").write_text("gh: Resource not accessible by integration (HTTP 403)")
    ended = github.post("# Review\n")
    assert ended.returncode == 0
    assert ended.stdout == "::notice::The token of this run cannot comment; the review is in the job's summary.\n"


def test_any_other_refusal_is_a_failure(github: GitHub) -> None:
    (github.folder / "refusal").write_text("gh: Server Error (HTTP 500)")
    ended = github.post("# Review\n")
    assert (ended.returncode, ended.stderr) == (1, "gh: Server Error (HTTP 500)\n")


def test_files_that_decide_about_the_review_are_named_before_what_the_pull_request_wrote(github: GitHub) -> None:
    edited = [[".github/workflows/plan.yml", None], ["a.py", "colonnade/review/`<b>`.py"], ["docs/ci.md", None]]
    (github.folder / "files").write_text("\n".join(json.dumps(each) for each in edited))
    assert github.post("# Review\n").returncode == 0
    files, _, posted = github.calls()
    assert files[:3] == ["api", "--paginate", "repos/owner/name/pulls/7/files"]
    text = json.loads(posted[-1])["body"]
    assert text.startswith(
        f"{sticky_comment.MARKER}\n**This pull request edits files that decide about its review:** "
        "`.github/workflows/plan.yml`, `colonnade/review/??b??.py`. Its own code wrote the review below"
    )
    assert text.endswith("\n\n# Review\n")


def test_the_files_that_decide_are_those_of_the_review() -> None:
    assert sticky_comment._DECIDING.pattern == trust._DECIDING.pattern


def test_a_long_review_is_truncated_at_a_line_with_a_notice_first() -> None:
    assert sticky_comment.body("short") == f"{sticky_comment.MARKER}\nshort"
    cut = sticky_comment.body("a line\n" * 20_000)
    assert len(cut) <= sticky_comment.MAX_LENGTH
    assert cut.startswith(f"{sticky_comment.MARKER}\n_This comment is truncated")
    assert cut.endswith("\na line\n")

"""`python -m colonnade.review.branch`: what is said where, exit statuses, nothing left behind.

The clone is small and made for the test: its synthesis copies `stacks.json`, its sandbox and its review only tell
what they were asked. What they really do is shown by their own tests and, all together, by `test_project_change.py`.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.review.branch.test_comparison import stack
from tests.support.sandbox_session import PROJECT_ROOT
from tests.support.waiting import wait_until

MAIN = """
import json, os, pathlib, sys
settings = {name: os.environ.get(name) for name in ("ENVIRONMENT", "MIGRATION_PHASE")}
for name, document in json.loads(pathlib.Path("stacks.json").read_text()).items():
    if document is None:
        sys.exit(f"service {name!r} is wrong for {settings}")
    path = pathlib.Path(os.environ["CDKTF_OUTDIR"]) / "stacks" / name / "cdk.tf.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({**document, "settings": settings}))
"""
SANDBOX = """
import os, pathlib, sys, time
options = dict(zip(sys.argv[2:8:2], sys.argv[3:8:2]))
print("planning", sys.argv[8:], flush=True)
time.sleep(float(os.environ.get("SANDBOX_SECONDS", "0")))
pathlib.Path(options["--out"]).mkdir()
for name in sys.argv[8:]:
    there = (pathlib.Path(options["--base"]) / "stacks" / name).exists()
    (pathlib.Path(options["--out"]) / f"{name}.json").write_text(f"{name} against {'the base' if there else 'nothing'}")
sys.exit(int(os.environ.get("SANDBOX_STATUS", "0")))
"""
REVIEW = """
import pathlib, sys
text = pathlib.Path(sys.argv[1]).read_text()
print(text, sys.argv[2:])
sys.exit(3 if "dangerous" in text else 0)
"""


class Clone:
    """A project whose first commit is the branch `base`."""

    def __init__(self, folder: Path, stacks: Mapping[str, object]) -> None:
        self.folder = folder
        for name, text in (
            ("main.py", MAIN),
            ("colonnade_sandbox/__main__.py", SANDBOX),
            ("colonnade/review/__main__.py", REVIEW),
        ):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text)
            (folder / name).with_name("__init__.py").touch()  # else the project's own would come first
        (folder / "colonnade" / "__init__.py").touch()
        (folder / "environments").mkdir()
        (folder / "environments" / "sandbox.toml").touch()
        self.synthesize(stacks)
        self.git("init", "--quiet", "--initial-branch=base")
        self.commit()
        self.git("checkout", "--quiet", "-b", "work")

    def git(self, *arguments: str) -> None:
        who = ("-c", "user.name=nobody", "-c", "user.email=nobody@example.com", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *who, *arguments], cwd=self.folder, check=True)  # noqa: S607

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message=change")

    def synthesize(self, stacks: Mapping[str, object]) -> None:
        (self.folder / "stacks.json").write_text(json.dumps(stacks))

    def start(self, *arguments: str, **settings: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "colonnade.review.branch", *arguments],
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(PROJECT_ROOT), **settings},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def review(self, *arguments: str, **settings: str) -> tuple[int, str, str]:
        """Exit status, stdout, stderr."""
        process = self.start(*arguments, **settings)
        output, errors = process.communicate(timeout=60)
        assert self.left() == []
        return process.returncode, output, errors

    def left(self) -> list[Path]:
        return list((self.folder / ".sandbox").glob("*"))


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path, {"orders": stack(), "users": stack()})


def test_only_markdown_is_on_stdout_and_progress_on_stderr(clone: Clone) -> None:
    clone.synthesize({"orders": stack(1024), "users": stack(), "new": stack()})
    status, output, errors = clone.review("base")
    assert status == 0
    commit = output.partition(", at ")[2][:7]
    assert output == (
        f"# Plan review: environment `sandbox`\n\nThe working tree against `base`, at {commit}.\n"
        "\n## `new`\n\nA first deployment: the base does not have it.\n\nnew against nothing []\n"
        "\n## `orders`\n\norders against the base []\n"
        "\nNo change: `users`.\n"
    )
    assert errors == (
        f"Synthesizing base at {commit} and the working tree, environment sandbox\nplanning ['new', 'orders']\n"
    )


def test_without_a_difference_nothing_is_planned(clone: Clone) -> None:
    status, output, errors = clone.review("base")
    assert status == 0
    assert output.endswith("\nNo change: `orders`, `users`.\n")
    assert "planning" not in errors


def test_what_the_base_has_gained_since_is_no_part_of_the_change(clone: Clone) -> None:
    clone.git("checkout", "--quiet", "base")
    clone.synthesize({"orders": stack(), "users": stack(2048)})
    clone.commit()
    clone.git("checkout", "--quiet", "work")
    assert clone.review("base")[1].endswith("\nNo change: `orders`, `users`.\n")


def test_the_exit_status_is_the_highest_of_the_reviews_and_the_allow_file_is_passed_on(clone: Clone) -> None:
    clone.synthesize({"dangerous": stack(), "orders": stack(), "users": stack(1024)})
    (clone.folder / ".review-allow").touch()
    status, output, _ = clone.review("base")
    assert status == 3
    assert output.count("['--allow-file', '.review-allow']") == 2


def test_a_state_elsewhere_is_planned_from_nothing(clone: Clone) -> None:
    clone.synthesize({"orders": stack(account="2"), "users": stack()})
    _, output, _ = clone.review("base", "--deployment", "orders")
    assert "orders against nothing" in output


def test_an_environment_that_the_base_does_not_have_is_deployed_for_the_first_time(clone: Clone) -> None:
    (clone.folder / "environments" / "new.toml").touch()
    status, output, _ = clone.review("base", ENVIRONMENT="new")
    assert status == 0
    assert output.count("A first deployment: the base does not have it.") == 2


def test_a_migrations_wish_is_the_working_trees_alone(clone: Clone) -> None:
    _, output, _ = clone.review("base", MIGRATION_PHASE="canary")
    assert "orders against the base" in output


def test_wrong_input_is_told_in_its_own_words_with_status_2(clone: Clone) -> None:
    assert clone.review("nowhere") == (
        2,
        "",
        "BASE 'nowhere' is no commit of this clone; `git fetch` brings the remote's branches\n",
    )
    clone.synthesize({"orders": None})
    status, output, errors = clone.review("base")
    assert (status, output) == (2, "")
    assert errors.splitlines()[1].startswith("service 'orders' is wrong")
    clone.commit()
    clone.git("branch", "broken")
    clone.synthesize({"orders": stack()})
    assert "cannot be synthesized with this clone's .venv:\nservice 'orders' is wrong" in clone.review("broken")[2]


def test_a_base_older_than_the_project_is_told(clone: Clone) -> None:
    clone.git("rm", "--quiet", "main.py")
    clone.git("commit", "--quiet", "--message=none")
    clone.git("branch", "old")
    (clone.folder / "main.py").write_text(MAIN)
    status, _, errors = clone.review("old")
    assert status == 2
    assert "has no main.py: it is older than what can be synthesized" in errors


def test_a_change_that_cannot_be_planned_ends_with_1_and_without_markdown(clone: Clone) -> None:
    clone.synthesize({"orders": stack(1024)})
    status, output, errors = clone.review("base", SANDBOX_STATUS="1")
    assert (status, output) == (1, "")
    assert errors.endswith("The change cannot be planned; the lines above say why.\n")


@pytest.mark.parametrize(("number", "expected"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interruption_ends_what_runs_and_leaves_nothing(clone: Clone, number: int, expected: int) -> None:
    clone.synthesize({"orders": stack(1024)})
    process = clone.start("base", SANDBOX_SECONDS="60")
    assert process.stderr is not None
    wait_until(lambda: process.stderr.readline().startswith("planning"), seconds=30)  # type: ignore[union-attr]
    process.send_signal(number)
    output, errors = process.communicate(timeout=10)
    assert (process.returncode, output) == (expected, "")
    assert errors == "Interrupted. Nothing is left running.\n"
    assert clone.left() == []

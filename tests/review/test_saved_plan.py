"""Claims about the review of a saved plan, which Terraform reads in the folder in which it was planned."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from colonnade.review.command import review_plan
from colonnade.terminal.errors import ColonnadeError
from tests.support.plan_documents import change, text
from tests.support.terraform import run_terraform

MAIN = """
terraform {
  backend "local" { path = "NAME.tfstate" }
}
resource "terraform_data" "cause" { input = "VALUE" }
resource "terraform_data" "each" {
  for_each = toset(["a b"])
  input    = terraform_data.cause.output
}
"""


@pytest.fixture(scope="module")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with two applied stacks, `one` and `other`, each with a saved plan of a change."""
    root = tmp_path_factory.mktemp("stacks")
    for name in ("one", "other"):
        folder = root / name
        folder.mkdir()
        for value, *commands in (
            ("1", ("init", "-input=false"), ("apply", "-auto-approve")),
            ("2", ("plan", "-out=p")),
        ):
            (folder / "main.tf").write_text(MAIN.replace("NAME", name).replace("VALUE", value))
            for command in commands:
                run_terraform(folder, dict(os.environ), *command)
    return root


def _refusal(plan: Path, folder: Path, status: int) -> str:
    with pytest.raises(ColonnadeError) as refusal:
        review_plan(str(plan), stack=folder)
    assert refusal.value.exit_status == status
    return str(refusal.value)


@pytest.mark.terraform
def test_a_saved_plan_is_reviewed_as_its_json_and_graph_are(stacks: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = stacks / "one"
    assert review_plan(str(folder / "p"), stack=folder) == 0
    reviewed = capsys.readouterr().out
    assert "2 changed in place" in reviewed
    plan, graph = stacks / "plan.json", stacks / "plan.dot"
    plan.write_text(run_terraform(folder, dict(os.environ), "show", "-json", "p"))
    graph.write_text(run_terraform(folder, dict(os.environ), "graph", "-plan=p"))
    assert review_plan(str(plan), graph=graph) == 0
    assert capsys.readouterr().out == reviewed


@pytest.mark.terraform
def test_a_plan_of_another_stack_or_of_a_folder_that_is_not_initialized_is_refused(
    stacks: Path, tmp_path: Path
) -> None:
    message = _refusal(stacks / "one" / "p", stacks / "other", 2)
    assert message.startswith(f"{stacks}/one/p: is a plan of another stack than that in {stacks}/other; name ")
    (tmp_path / "main.tf").write_text((stacks / "one" / "main.tf").read_text())
    assert "is not initialized" in _refusal(stacks / "one" / "p", tmp_path, 2)


def test_only_a_saved_plan_is_given_to_terraform(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text(text())
    assert "--stack is for a saved plan" in _refusal(tmp_path / "plan.json", tmp_path, 2)
    assert "No such file" in _refusal(tmp_path / "none", tmp_path, 2)
    (tmp_path / "p").write_bytes(b"PK\x03\x04")
    assert "is not a folder" in _refusal(tmp_path / "p", tmp_path / "none", 2)


def test_a_graph_with_quotation_marks_in_an_address_is_of_its_plan(tmp_path: Path) -> None:
    plan, graph = tmp_path / "plan.json", tmp_path / "plan.dot"
    plan.write_text(text(change('aws_sqs_queue.jobs["a\\"b"]', {"delay_seconds": 0}, {"delay_seconds": 5})))
    graph.write_text(r'''"[root] aws_sqs_queue.jobs[\"a\\\"b\"]" -> "[root] root"''')
    assert review_plan(str(plan), graph=graph) == 0


def test_a_graph_of_another_plan_is_refused(tmp_path: Path) -> None:
    plan, graph = tmp_path / "plan.json", tmp_path / "plan.dot"
    created = change('aws_sqs_queue.this["a"]', None, {}, expressions={})
    replaced = change("aws_vpc.this", {"id": "a"}, {"id": "b"}, actions=["create", "delete"])
    plan.write_text(text(created, replaced))
    a, b = (f'"[root] aws_sqs_queue.this[\\"{key}\\"]"' for key in "ab")
    new, old = '"[root] aws_vpc.this"', '"[root] aws_vpc.this (destroy deposed 00000000)"'
    for nodes, found in (
        ([b, new, old], 'lacks aws_sqs_queue.this["a"];'),
        (['"[root] aws_sqs_queue.this (expand)"', new, old], 'lacks aws_sqs_queue.this["a"];'),
        ([a, new], "lacks aws_vpc.this (destroy deposed);"),
        ([a, new, '"[root] aws_vpc.this (destroy)"'], "lacks aws_vpc.this (destroy deposed);"),
        ([a, new, old, '"[root] aws_vpc.other (destroy)"'], "has aws_vpc.other (destroy);"),
        ([a, b, new, old], 'has aws_sqs_queue.this["b"];'),
    ):
        graph.write_text("".join(f'{each} -> "[root] root"\n' for each in nodes))
        with pytest.raises(ColonnadeError, match=re.escape(f"which {found} give the output of")):
            review_plan(str(plan), graph=graph)
    graph.write_text("".join(f'{each} -> "[root] root"\n' for each in (a, new, old)))
    assert review_plan(str(plan), graph=graph) == 3


@pytest.mark.parametrize(
    ("program", "status", "message"),
    [
        (None, 2, "terraform cannot be run: No such file or directory; install it, or give"),
        ("kill -9 $$", 1, "`terraform show` was ended by a signal, status 137"),
        ("echo 'Error: Saved plan is stale' >&2; exit 1", 1, "`terraform show` failed in "),
    ],
)
def test_a_terraform_that_is_missing_killed_or_fails_is_reported(
    program: str | None, status: int, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _instead_of_terraform(program, tmp_path, monkeypatch)
    assert message in _refusal(tmp_path / "p", tmp_path, status)


def test_a_signal_ends_terraform_and_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _instead_of_terraform("trap 'exit 1' TERM; while :; do sleep 0.1; done", tmp_path, monkeypatch)
    command = [sys.executable, "-m", "colonnade", "review", str(tmp_path / "p"), "--stack", str(tmp_path)]
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    environment = {**os.environ, "TMPDIR": str(scratch)}
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 30
    while not list(scratch.glob("*/graph")) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert process.stderr is not None
    assert process.stderr.readline() == "Terraform reads the plan and its graph\n"  # after two seconds
    process.send_signal(signal.SIGINT)
    assert process.wait(30) == 130
    assert "Nothing is left running" in process.stderr.read()
    assert list(scratch.iterdir()) == []


def _instead_of_terraform(program: str | None, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a file that looks like a saved plan into the folder, and this script, or nothing, on PATH as terraform."""
    (folder / "p").write_bytes(b"PK\x03\x04")
    (folder / "bin").mkdir()
    if program is not None:
        (folder / "bin" / "terraform").write_text(f"#!/bin/sh\n{program}\n")
        (folder / "bin" / "terraform").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder / 'bin'}:/bin" if program is not None else str(folder / "bin"))

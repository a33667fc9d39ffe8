"""Claims about the command: what it reads, what it says on which stream, and the exit status that stops a pipeline."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from colonnade.review.__main__ import main
from tests.support.plan_documents import change, text

ROOT = Path(__file__).parents[2]
GROUP = "aws_lb_target_group.users"
DESTROYED = change(GROUP, {"name": "users"}, None)


def _file(folder: Path, content: str) -> str:
    path = folder / "plan.json"
    path.write_text(content, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "is not JSON"),
        ("[]", "is not a plan"),
        ('{"format_version": "1.0", "values": {}}', "is a state, not a plan"),
        (text(format_version="2.0"), "format version '2.0'"),
        (text(format_version=None), "format version None"),
        (text(errored=True), "ended in an error"),
        (text(complete=False), "incomplete"),
        (text(deferred_changes=[{}]), "incomplete"),
        (text({"address": "aws_lb.this"}), "Terraform would not write"),
        (text(change("aws_lb.this", {}, {}, actions=["renew"])), "would renew aws_lb.this"),
    ],
)
def test_what_is_no_whole_plan_ends_with_2_and_one_line_that_names_the_file(
    content: str, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _file(tmp_path, content)
    assert main([path]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"{path}: ")
    assert told in printed.err
    assert printed.err.count("\n") == 1


def test_a_missing_file_and_a_file_that_is_no_text_end_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    for name in ("missing", "binary"):
        assert main([str(tmp_path / name)]) == 2
    printed = capsys.readouterr().err.splitlines()
    assert "No such file" in printed[0]
    assert "UTF-8" in printed[1]


def test_a_destroyed_target_group_ends_with_3_unless_its_address_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = _file(tmp_path, text(DESTROYED))
    assert main([path]) == 3
    assert f"`{GROUP}` destroys a target group" in capsys.readouterr().out
    assert main([path, "--allow", "aws_lb_target_group.orders"]) == 3
    assert "`aws_lb_target_group.orders`, which is not in this plan" in capsys.readouterr().out
    assert main([path, "--allow", GROUP]) == 0
    allow_file = tmp_path / "allowed.txt"
    allow_file.write_text(f"# reviewed\n\n{GROUP}  # users moves out\n", encoding="utf-8")
    assert main([path, "--allow-file", str(allow_file)]) == 0


def test_an_allow_file_with_a_line_that_is_no_address_ends_with_2_and_its_number(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    allow_file = tmp_path / "allowed.txt"
    allow_file.write_text(f"{GROUP}\nall of them\n", encoding="utf-8")
    assert main([_file(tmp_path, text(DESTROYED)), "--allow-file", str(allow_file)]) == 2
    assert capsys.readouterr().err.startswith(f"{allow_file}: line 2: 'all of them' is no Terraform address")


def test_as_a_command_it_reads_standard_input_and_its_help_tells_the_exit_statuses() -> None:
    def run(*arguments: str, given: str = "") -> Any:
        command = [sys.executable, "-m", "colonnade.review", *arguments]
        return subprocess.run(command, cwd=ROOT, input=given, capture_output=True, text=True, check=False)

    ended = run("-", given=text(change("aws_vpc.this", {"id": "vpc-1"}, {"id": "vpc-1"})))
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "**No changes.**\n", "")
    assert run("-", given=text(DESTROYED)).returncode == 3
    assert run("-", given="no plan").stderr.startswith("standard input: is not JSON")
    told = run("--help")
    assert told.returncode == 0
    assert "3 blocked" in told.stdout


def test_an_unknown_option_ends_with_2() -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--frobnicate"])
    assert ended.value.code == 2

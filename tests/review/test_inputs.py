"""Claims about the input of a review as people have it: encodings, the text of CI wrappers, sizes, depths, streams."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from colonnade.review import inputs
from colonnade.review.approvals import entry
from colonnade.review.command import review_plan
from colonnade.terminal.errors import ColonnadeError
from tests.support.plan_documents import change, text

ROOT = Path(__file__).parents[2]
PLAN = text(change("aws_lb_target_group.users", {"name": "users"}, None))
"""A plan that needs an approval, so that a review of anything less ends with another status."""
WRAPPED = f"[command]/opt/hostedtoolcache/terraform-bin show -json saved.plan\n{PLAN}\n"
DEBUG = f"::debug::Terraform exited with code 0.\n::debug::stdout: {PLAN}%0A\n::debug::stderr: \n::debug::exitcode: 0\n"


def _file(folder: Path, content: bytes) -> str:
    path = folder / "plan.json"
    path.write_bytes(content)
    return str(path)


def _refusal(folder: Path, content: bytes) -> str:
    """Return the one-line message of the error that ends the review of these bytes with 2."""
    with pytest.raises(ColonnadeError) as refusal:
        review_plan(_file(folder, content))
    assert refusal.value.exit_status == 2
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf" + PLAN.encode(),
        b"\xff\xfe" + PLAN.replace("\n", "\r\n").encode("utf-16-le"),
        b"\xfe\xff" + PLAN.encode("utf-16-be"),
        PLAN.encode("utf-16-le"),
        b"\xff\xfe" + f"{WRAPPED}\r\n".encode("utf-16-le"),
        WRAPPED.encode(),
        f"{WRAPPED}{DEBUG}".encode(),
        f"{WRAPPED}\n::set-output name=stdout::{PLAN}%0A\n::set-output name=exitcode::0\n".encode(),
        f"[command]terraform show -json saved.plan\n{json.dumps(json.loads(PLAN), indent=2)}\n{DEBUG}".encode(),
        f"Warning: a newer version is available\n\n{PLAN}\n".encode(),
    ],
    ids=["mark", "utf-16", "big-endian", "no-mark", "both", "wrapper", "debug", "outputs", "indented", "mixed"],
)
def test_a_plan_is_read_in_any_encoding_and_within_the_text_of_a_wrapper(content: bytes, tmp_path: Path) -> None:
    assert review_plan(_file(tmp_path, content)) == 3


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf \n", "is empty"),
        (b"PK\x03\x04\x14", "is a saved plan, not its JSON"),
        (b"\x80\x81\x82\x83", "is not text in UTF-8 or UTF-16"),
        (WRAPPED.encode()[:-40], "terraform_wrapper: false"),
        (b"[command]/usr/bin/terraform show -json saved.plan\n::debug::exitcode: 1\n", "terraform_wrapper: false"),
        (PLAN.encode()[:-40], "cut off or mixed with other output"),
        (f"{PLAN}\n{PLAN}\n".encode(), "more than one JSON document"),
        (b'{"@level":"info","type":"version"}\n{"@level":"info","type":"planned_change"}\n', "`terraform plan -json`"),
        (b"Terraform will perform the following actions:\n\n  # aws_lb.this\n", "a plan for people"),
        (b'{"format_version":"1.0"}', "is an empty state"),
        (PLAN.encode().replace(b'"users"', b"NaN"), "NaN is no JSON value"),
    ],
)
def test_other_input_is_refused_with_its_cause(content: bytes, cause: str, tmp_path: Path) -> None:
    assert cause in _refusal(tmp_path, content)


def test_a_large_input_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inputs, "MOST_MIB", 1)
    assert "is larger than 1 MiB" in _refusal(tmp_path, b" " * (2**20 + 1))
    assert review_plan(_file(tmp_path, PLAN.encode().ljust(2**20))) == 3


@pytest.mark.parametrize("depth", [900, 100_000])
def test_deep_json_is_refused_wherever_it_is(depth: int, tmp_path: Path) -> None:
    nested = "[" * depth + "]" * depth
    tags = text(change("aws_sns_topic.users", None, {"tags": "NESTED"})).replace('"NESTED"', nested)
    assert "nested too deeply" in _refusal(tmp_path, tags.encode())


def test_deep_json_in_a_policy_is_refused(tmp_path: Path) -> None:
    policy = '{"Statement": ' + "[" * 100_000 + "]" * 100_000 + "}"
    plan = text(change("aws_iam_role_policy.users", None, {"policy": policy}))
    assert "nested too deeply" in _refusal(tmp_path, plan.encode())


@pytest.mark.parametrize("field", ["address", "type", "name"])
def test_values_of_a_wrong_type_are_refused(field: str, tmp_path: Path) -> None:
    entry = change("aws_vpc.this", {}, None)
    assert "is not a string" in _refusal(tmp_path, text({**entry, field: []}).encode())
    entry["change"]["before"] = []
    assert "not an object" in _refusal(tmp_path, text(entry).encode())


def test_a_list_of_approvals_may_have_a_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "review-approvals.toml"
    file.write_text(f"{entry(address='aws_lb.this', rule='port-opened', value='0' * 16)}\n", encoding="utf-16")
    file.write_bytes(file.read_bytes().replace("FILL IN".encode("utf-16-le"), "needed!".encode("utf-16-le")))
    assert review_plan(_file(tmp_path, PLAN.encode()), allow=["aws_lb_target_group.users"], approvals=file) == 0


def _shell(arguments: str, **environment: str) -> Any:
    command = f'"$0" -m colonnade review {arguments}'
    return subprocess.run(
        ["/bin/sh", "-c", command, sys.executable],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        ("PLAN >/dev/full", 1, "The output cannot be written: No space left on device"),
        ("PLAN >&-", 1, "Standard output is closed"),
        ("PLAN 1</dev/null", 1, "The output cannot be written: Bad file descriptor"),
        ("- <&-", 2, "standard input: is closed"),
        ("- </dev/null", 2, "standard input: is empty"),
        ("PLAN 2>&-", 3, ""),
    ],
)
def test_closed_or_full_streams_end_with_one_sentence(
    arguments: str, status: int, message: str, tmp_path: Path
) -> None:
    ended = _shell(arguments.replace("PLAN", _file(tmp_path, PLAN.encode())))
    errors = ended.stderr.decode()
    assert (ended.returncode, errors.count("\n")) == (status, 1 if message else 0), errors
    assert message in errors


def test_output_that_takes_only_ascii_has_escapes(tmp_path: Path) -> None:
    plan = text(change("aws_sns_topic.this", {"display_name": "a"}, {"display_name": "é→\ud800"}))
    for option in ("", "--json"):
        ended = _shell(f"{option} {_file(tmp_path, plan.encode())}", PYTHONIOENCODING="ascii")
        assert ended.stderr == b""
        assert ended.returncode == 0
        assert ended.stdout.isascii()

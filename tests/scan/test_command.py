"""The scan of a synthesis: its output and its exit status."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from colonnade.scan import checkov, command, skips
from colonnade.scan.findings import Finding, ScanError
from colonnade.scan.skips import Skip

FINDINGS = [
    Finding(stack="a", check="CKV_1", address="aws_lb.x", claim="Ensure it logs", passed=False),
    Finding(stack="a", check="CKV_2", address="aws_lb.x", claim="Ensure it is new", passed=True),
    Finding(stack="long-name", check="CKV_1", address="aws_lb.y", claim="Ensure it logs", passed=False),
]


def _skip(stack: str, check: str = "CKV_1") -> Skip:
    return Skip(check=check, resource="*", stacks=(stack,), reason="a reason that a reader can judge")


def _run(monkeypatch: pytest.MonkeyPatch, *skipped: Skip) -> int:
    monkeypatch.setattr(checkov, "find_executable", lambda root: root / "checkov")
    monkeypatch.setattr(checkov, "scan", lambda _synthesized, _executable: FINDINGS)
    monkeypatch.setattr(skips, "load", lambda _: skipped)
    return command.scan_stacks(Path("cdktf.out"), Path())


def test_a_failed_check_is_reported_with_its_resource_and_fails_the_scan(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(monkeypatch, _skip("a")) == 1
    assert capsys.readouterr().out.splitlines() == [
        "stack      passed  failed  skipped",
        "a               1       0        1",
        "long-name       0       1        0",
        "long-name: CKV_1 failed on aws_lb.y",
        "    Ensure it logs",
        "The requirement of each check, and its reason: https://www.checkov.io/5.Policy%20Index/terraform.html",
    ]


def test_the_scan_passes_if_every_check_passes_or_is_skipped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(monkeypatch, _skip("a"), _skip("long-name")) == 0
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_a_skip_that_matches_no_failed_check_fails_the_scan(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(monkeypatch, _skip("a"), _skip("long-name"), _skip("a", "CKV_2")) == 1
    assert re.match(r"skip of CKV_2 on '\*' .* stack 'a'$", capsys.readouterr().out.splitlines()[-1])


def test_a_folder_without_stacks_is_wrong_input(tmp_path: Path) -> None:
    with pytest.raises(ScanError) as refusal:
        checkov.scan(tmp_path, tmp_path / "checkov")
    assert str(refusal.value) == f"{tmp_path} has no stacks/NAME/cdk.tf.json"
    assert refusal.value.exit_status == 2


def test_without_checkov_the_refusal_names_the_command_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ScanError, match="make scan"):
        command.scan_stacks(tmp_path, tmp_path)


def test_a_project_without_its_own_checkov_uses_the_one_on_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    executable = tmp_path / "checkov"
    executable.write_text("#!/bin/sh\n")
    executable.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert checkov.find_executable(tmp_path / "project") == executable

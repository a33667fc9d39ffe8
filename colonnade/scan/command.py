"""The scan of a synthesis: checkov's findings -> a table by stack, and every failed check with its resource."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from colonnade.scan import checkov, skips
from colonnade.scan.findings import Finding
from colonnade.terminal.exit_status import ExitStatus
from colonnade.terminal.progress import Progress

_GUIDELINES = "https://www.checkov.io/5.Policy%20Index/terraform.html"


def scan_stacks(synthesized: Path, root: Path) -> int:
    """Scan the stacks of a folder and return the exit status: 1 for a failed check or an unused skip.

    `root` is the project's root, with the file of its skips. Raises ScanError if there is no stack to scan, checkov is
    missing or the file of skips is invalid.
    """
    skipped = skips.load(root / skips.FILE)
    executable = checkov.find_executable(root)
    with Progress(Console(stderr=True)).step("Scanning with checkov"):
        findings = checkov.scan(synthesized, executable)
    return _report(findings, skipped)


def _report(findings: Sequence[Finding], skipped: Sequence[skips.Skip]) -> int:
    failed = [each for each in findings if not each.passed and not any(skip.matches(each) for skip in skipped)]
    lines = [*_table(findings, failed), *_explained(failed), *skips.unused(skipped, findings)]
    sys.stdout.write("\n".join(lines) + "\n")
    return ExitStatus.FAILED if failed or any(skips.unused(skipped, findings)) else ExitStatus.OK


def _table(findings: Sequence[Finding], failed: Sequence[Finding]) -> list[str]:
    stacks = sorted({finding.stack for finding in findings})
    width = max(map(len, stacks))
    lines = [f"{'stack':<{width}}  passed  failed  skipped"]
    for stack in stacks:
        own = [finding for finding in findings if finding.stack == stack]
        passed, bad = sum(finding.passed for finding in own), sum(finding.stack == stack for finding in failed)
        lines.append(f"{stack:<{width}}  {passed:>6}  {bad:>6}  {len(own) - passed - bad:>7}")
    return lines


def _explained(failed: Sequence[Finding]) -> list[str]:
    lines = [
        line
        for each in failed
        for line in (f"{each.stack}: {each.check} failed on {each.address}", f"    {each.claim}")
    ]
    return [*lines, f"The requirement of each check, and its reason: {_GUIDELINES}"] if lines else []

"""`python -m colonnade.scan SYNTHESIZED`, a table by stack, and every failed check with its resource.

Exit status 0: nothing failed; 1: a check failed, or a skip forgives nothing; 2: there was nothing to scan, or a wrong
skips.toml.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from colonnade.scan import checkov, skips
from colonnade.scan.findings import Finding, ScanError

_FAILED, _WRONG_INPUT = 1, 2
_GUIDELINES = "https://www.checkov.io/5.Policy%20Index/terraform.html"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m colonnade.scan", description="Looks for what is insecure in stacks."
    )
    parser.add_argument("synthesized", type=Path, help="the folder that a synthesis wrote, such as cdktf.out")
    synthesized: Path = parser.parse_args(arguments).synthesized
    try:
        skipped = skips.load()
        sys.stderr.write(f"Scanning the stacks of {synthesized} with checkov\n")
        findings = checkov.scan(synthesized)
    except ScanError as error:
        sys.stderr.write(f"{error}\n")
        return _WRONG_INPUT
    except KeyboardInterrupt:
        return 130
    return _tell(findings, skipped)


def _tell(findings: Sequence[Finding], skipped: Sequence[skips.Skip]) -> int:
    failed = [each for each in findings if not each.passed and not any(skip.forgives(each) for skip in skipped)]
    lines = [*_table(findings, failed), *_explained(failed), *skips.unused(skipped, findings)]
    sys.stdout.write("\n".join(lines) + "\n")
    return _FAILED if failed or any(skips.unused(skipped, findings)) else 0


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
    return [*lines, f"What each check wants, and why: {_GUIDELINES}"] if lines else []


if __name__ == "__main__":
    raise SystemExit(main())

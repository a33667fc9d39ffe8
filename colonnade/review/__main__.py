"""`python -m colonnade.review PLAN.json`: a plan's review as Markdown on stdout, and an exit status that stops a
pipeline.

terraform plan -out saved.plan && terraform show -json saved.plan | python -m colonnade.review -
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from colonnade.review.allowed import AllowError, addresses, checked
from colonnade.review.plan.document import Plan, PlanError, read_plan
from colonnade.review.markdown.report import review

PASSES, BAD_INPUT, BLOCKED = 0, 2, 3
"""The exit statuses."""

_STANDARD_INPUT = "-"


class _InputError(Exception):
    """What cannot be read; the text is one line."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Reviews the plan that the command line names; returns the exit status."""
    options = _parser().parse_args(arguments)
    try:
        named = [checked(address, where="--allow ") for address in options.allow]
        filed = [address for path in options.allow_file for address in _allowed(path)]
        # A file may serve many plans, and stay when what it names is done; what is named by hand is meant for this one.
        result = review(_plan(options.plan), allowed=[*named, *filed], expected=named)
    except (_InputError, AllowError) as error:
        sys.stderr.write(f"{error}\n")
        return BAD_INPUT
    sys.stdout.write(result.markdown)
    return BLOCKED if result.blocked else PASSES


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m colonnade.review",
        description="Reviews a Terraform plan: Markdown on stdout.",
        epilog="exit status: 0 passes; 2 bad input, told on stderr; 3 blocked until what blocks it is named",
    )
    parser.add_argument(
        "plan", metavar="PLAN.json", help="what `terraform show -json` prints of a saved plan; - is standard input"
    )
    parser.add_argument(
        "--allow", metavar="ADDRESS", action="append", default=[], help="a change that may block nothing; repeatable"
    )
    parser.add_argument(
        "--allow-file",
        metavar="FILE",
        type=Path,
        action="append",
        default=[],
        help="addresses to allow, one per line, each with a reason after #; repeatable",
    )
    return parser


def _plan(name: str) -> Plan:
    where = "standard input" if name == _STANDARD_INPUT else name
    try:
        return read_plan(_text(name))
    except PlanError as error:
        raise _InputError(f"{where}: {error}") from error


def _text(name: str) -> str:
    if name == _STANDARD_INPUT:
        return _decoded(sys.stdin.buffer.read(), "standard input")
    return _read(Path(name))


def _read(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _InputError(f"{path}: cannot be read: {error.strerror}") from error
    return _decoded(content, str(path))


def _decoded(content: bytes, where: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _InputError(f"{where}: is not UTF-8 text") from error


def _allowed(path: Path) -> tuple[str, ...]:
    text = _read(path)
    try:
        return addresses(text)
    except AllowError as error:
        raise _InputError(f"{path}: {error}") from error


if __name__ == "__main__":
    raise SystemExit(main())

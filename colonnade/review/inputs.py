"""The files that a review reads: a plan, from a file or from standard input, and allow files."""

from __future__ import annotations

import sys
from pathlib import Path

from colonnade.review.allowed import addresses
from colonnade.review.errors import AllowError, PlanError, ReviewError
from colonnade.review.plan.document import Plan, read_plan

ALLOW_FILE = ".review-allow"
"""The allow file of all stacks, in the project's root; optional."""
_STANDARD_INPUT = "-"


def plan_from(name: str) -> Plan:
    """Return the plan in a file, or on standard input if the name is `-`. Raise ReviewError if it cannot be read."""
    where = "standard input" if name == _STANDARD_INPUT else name
    content = sys.stdin.buffer.read() if name == _STANDARD_INPUT else _content(Path(name))
    try:
        return read_plan(_decoded(content, where))
    except PlanError as error:
        raise PlanError(f"{where}: {error}") from error


def approved_addresses(path: Path) -> tuple[str, ...]:
    """Return the addresses of an allow file. Raise ReviewError if it cannot be read."""
    try:
        return addresses(_decoded(_content(path), str(path)))
    except AllowError as error:
        raise AllowError(f"{path}: {error}") from error


def project_approvals(root: Path) -> tuple[str, ...]:
    """Return the addresses of the project's allow file, if it exists. Raise ReviewError if it cannot be read."""
    file = root / ALLOW_FILE
    return approved_addresses(file) if file.is_file() else ()


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ReviewError(f"{path}: cannot be read: {error.strerror}") from error


def _decoded(content: bytes, where: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ReviewError(f"{where}: is not UTF-8 text") from error

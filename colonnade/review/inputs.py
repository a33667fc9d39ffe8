"""The files that a review reads: a plan, from a file or from standard input, approvals and a policy."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO, Any

from colonnade.review.approvals import FILE, Approval, approvals
from colonnade.review.errors import PlanError, ReviewError
from colonnade.review.plan.document import Plan, plan_of
from colonnade.review.plan.json_source import decoded, parsed
from colonnade.review.policy import FILE as POLICY_FILE
from colonnade.review.policy import Policy, policy

MOST_MIB = 256
"""The size limit of an input, in MiB. A plan of 5,000 resources has about 16."""
_STANDARD_INPUT = "-"


def plan_from(name: str, graph: Path | None = None) -> Plan:
    """Return the plan in a file, or on standard input if the name is `-`, with the graph in another file.

    Raise ReviewError if one of them cannot be read.
    """
    document, order = document_from(name), _graph_from(graph) if graph is not None else None
    try:
        return plan_of(document, order)
    except PlanError as error:
        raise PlanError(f"{where(name)}: {error}") from error


def document_from(name: str) -> Any:
    """Return the JSON in a file, or on standard input if the name is `-`. Raise ReviewError if it cannot be read."""
    content = _standard_input() if name == _STANDARD_INPUT else _content(Path(name))
    try:
        return parsed(decoded(content))
    except PlanError as error:
        raise PlanError(f"{where(name)}: {error}") from error


def where(name: str) -> str:
    """Return the words for an input in a message."""
    return "standard input" if name == _STANDARD_INPUT else name


def approvals_from(path: Path) -> tuple[Approval, ...]:
    """Return the entries of an approvals file. Raise ReviewError if it cannot be read."""
    try:
        text = decoded(_content(path))
    except PlanError as error:
        raise ReviewError(f"{path}: {error}") from error
    return approvals(text, name=str(path))


def project_approvals(root: Path) -> tuple[Approval, ...]:
    """Return the entries of the project's file, if it exists. Raise ReviewError if it cannot be read."""
    file = root / FILE
    return approvals_from(file) if file.is_file() else ()


def policy_from(path: Path) -> Policy:
    """Return the policy in a file. Raise ReviewError if it cannot be read."""
    try:
        text = decoded(_content(path))
    except PlanError as error:
        raise ReviewError(f"{path}: {error}") from error
    return policy(text, name=str(path))


def project_policy(root: Path) -> Policy:
    """Return the project's policy; without a file, that of the review. Raise ReviewError if it cannot be read."""
    file = root / POLICY_FILE
    return policy_from(file) if file.is_file() else Policy()


def _graph_from(path: Path) -> str:
    try:
        return decoded(_content(path))
    except PlanError as error:
        raise PlanError(f"{path}: {error}") from error


def _standard_input() -> bytes:
    # Python has no `sys.stdin` if the process was started without one.
    if sys.stdin is None:
        raise ReviewError("standard input: is closed; pipe the plan into the command, or name a file")
    try:
        return _bounded(sys.stdin.buffer, where(_STANDARD_INPUT))
    except OSError as error:
        raise ReviewError(f"standard input: cannot be read: {error.strerror}") from error


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return _bounded(file, str(path))
    except OSError as error:
        raise ReviewError(f"{path}: cannot be read: {error.strerror}") from error


def _bounded(file: IO[bytes], name: str) -> bytes:
    content = file.read(MOST_MIB * 2**20 + 1)
    if len(content) > MOST_MIB * 2**20:
        raise ReviewError(f"{name}: is larger than {MOST_MIB} MiB, the limit for a plan; plan the stacks one by one")
    return content

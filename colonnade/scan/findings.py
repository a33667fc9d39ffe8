"""What a scan finds, as values: a check of one resource, passed or failed."""

from __future__ import annotations

from dataclasses import dataclass

from colonnade.terminal.errors import ColonnadeError
from colonnade.terminal.exit_status import ExitStatus


class ScanError(ColonnadeError):
    """Why nothing can be scanned; one message for a person."""

    exit_status = ExitStatus.WRONG_INPUT


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Finding:
    """One check of one resource."""

    stack: str
    check: str
    """Its id, such as CKV_AWS_91."""
    address: str
    """The Terraform address of the resource, `data.` first for a data source."""
    claim: str
    """What the check asks for, in checkov's words."""
    passed: bool

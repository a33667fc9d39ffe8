"""The findings of a scan: one check of one resource, passed or failed."""

from __future__ import annotations

from dataclasses import dataclass

from colonnade.terminal.errors import ColonnadeError
from colonnade.terminal.exit_status import ExitStatus


class ScanError(ColonnadeError):
    """A scan that cannot run; the message has the reason and the fix."""

    exit_status = ExitStatus.WRONG_INPUT


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Finding:
    """One check of one resource."""

    stack: str
    check: str
    """The check's id, such as CKV_AWS_91."""
    address: str
    """The Terraform address of the resource, `data.` first for a data source."""
    claim: str
    """The requirement of the check, as checkov words it."""
    passed: bool

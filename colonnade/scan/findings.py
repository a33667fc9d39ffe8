"""What a scan finds, as values: a check of one resource, passed or failed."""

from __future__ import annotations

from dataclasses import dataclass


class ScanError(Exception):
    """Why nothing can be scanned; one message for a person."""


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

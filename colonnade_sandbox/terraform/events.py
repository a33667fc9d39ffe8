"""Terraform's machine-readable lines (`-json`) as frozen values. Pure.

Format: https://developer.hashicorp.com/terraform/internals/machine-readable-ui. Other lines are parsed to None.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Phase = Literal["start", "progress", "complete", "errored"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceEvent:
    """Work on one resource."""

    address: str
    action: str
    """create, read, update, delete"""
    phase: Phase
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedChange:
    address: str
    action: str
    """create, read, update, replace, delete, move, import, noop"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSummary:
    """The number of resources that a plan will change or that an apply has changed."""

    operation: Literal["plan", "apply", "destroy"]
    add: int
    change: int
    remove: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    severity: Literal["error", "warning"]
    summary: str
    detail: str
    address: str
    """The address of the resource, or an empty string."""

    def __str__(self) -> str:
        head = f"{self.address}: {self.summary}" if self.address else self.summary
        return f"{head}\n{self.detail}" if self.detail else head


Event = ResourceEvent | PlannedChange | ChangeSummary | Diagnostic

_PHASES: Mapping[str, Phase] = {
    "apply_start": "start",
    "apply_progress": "progress",
    "apply_complete": "complete",
    "apply_errored": "errored",
}


def parse(line: str) -> Event | None:
    """Return the event of one output line, or None for other JSON and for plain text."""
    try:
        document = json.loads(line)
    except ValueError:
        return None
    if not isinstance(document, dict):
        return None
    kind = str(document.get("type"))
    if kind in _PHASES:
        return _resource_event(_PHASES[kind], document["hook"])
    if kind == "planned_change":
        change = document["change"]
        return PlannedChange(address=change["resource"]["addr"], action=change["action"])
    if kind == "change_summary":
        changes = document["changes"]
        counts = {name: changes.get(name, 0) for name in ("add", "change", "remove")}
        return ChangeSummary(operation=changes["operation"], **counts)
    if kind == "diagnostic":
        return _diagnostic(document["diagnostic"])
    return None


def _resource_event(phase: Phase, hook: Mapping[str, Any]) -> ResourceEvent:
    return ResourceEvent(
        address=hook["resource"]["addr"],
        action=hook["action"],
        phase=phase,
        seconds=int(hook.get("elapsed_seconds", 0)),
    )


def _diagnostic(diagnostic: Mapping[str, Any]) -> Diagnostic:
    return Diagnostic(
        severity=diagnostic["severity"],
        summary=diagnostic["summary"],
        detail=diagnostic.get("detail", ""),
        address=diagnostic.get("address", ""),
    )

"""Terraform's events as progress: each resource is a part of the running step."""

from __future__ import annotations

from colonnade.terminal.progress import Progress, Step
from colonnade_sandbox.terraform.events import Diagnostic, Event, PlannedChange, ResourceEvent
from colonnade_sandbox.terraform.resource_kinds import group, wait_reason

_PAST = {"create": "created", "update": "changed", "delete": "destroyed"}
_PRESENT = {"create": "creating", "update": "changing", "delete": "destroying", "read": "reading"}


class TerraformProgress:
    """A display of events in the current step of `progress`. Events may arrive from any thread."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def on_event(self, event: Event, stack: str | None = None) -> None:
        """Show one event, except errors, which the later exception reports.

        `stack` is shown before the resource's address, where several stacks run in parallel.
        """
        step = self._progress.current
        if isinstance(event, Diagnostic) and event.severity == "warning":
            self._progress.say(f"warning: {event.summary}")
        elif isinstance(event, PlannedChange) and step is not None:
            step.expect()
        elif isinstance(event, ResourceEvent) and step is not None:
            self._show(step, event, event.address if stack is None else f"{stack}: {event.address}")

    def _show(self, step: Step, event: ResourceEvent, part: str) -> None:
        if event.phase == "start":
            doing = _PRESENT.get(event.action, event.action)
            step.begin(part, doing, wait_reason(event.address, event.action))
        elif event.phase == "errored":
            step.fail(part, f"FAILED, {event.seconds} s")
        elif event.phase == "complete" and event.action == "read":
            step.end(part)
        elif event.phase == "complete":
            past = _PAST.get(event.action, event.action)
            step.end(part, f"{past}, {event.seconds} s", counted_as=group(event.address))

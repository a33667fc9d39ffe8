"""Terraform's events as progress: each resource is a part of the running step."""

from __future__ import annotations

from colonnade.terminal.progress import Progress
from colonnade_sandbox.terraform.events import Diagnostic, Event, PlannedChange, ResourceEvent

_PAST = {"create": "created", "update": "changed", "delete": "destroyed"}
_PRESENT = {"create": "creating", "update": "changing", "delete": "destroying", "read": "reading"}


class TerraformProgress:
    """A display of events in the current step of `progress`. Events may arrive from any thread."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def on_event(self, event: Event) -> None:
        """Show one event, except errors, which the later exception reports."""
        step = self._progress.current
        if isinstance(event, Diagnostic) and event.severity == "warning":
            self._progress.say(f"warning: {event.summary}")
        elif isinstance(event, PlannedChange) and step is not None:
            step.expect()
        elif isinstance(event, ResourceEvent) and step is not None:
            if event.phase == "start":
                step.begin(event.address, _PRESENT.get(event.action, event.action))
            elif event.phase in ("complete", "errored"):
                done = event.phase == "complete"
                outcome = None
                if event.action != "read":
                    past = _PAST.get(event.action, event.action) if done else "FAILED"
                    outcome = f"{past}, {event.seconds} s"
                step.end(event.address, outcome, counts=done and event.action != "read")

"""The commands for sessions of other processes: `colonnade sandbox status` and `colonnade sandbox down`."""

from __future__ import annotations

import json
import os
import signal
import time
from typing import Any

from colonnade.terminal.exit_status import ExitStatus
from colonnade.terminal.progress import Progress
from colonnade_sandbox.errors import SandboxError
from colonnade_sandbox.project import Project
from colonnade_sandbox.session.endpoints import Endpoints
from colonnade_sandbox.session.file import SessionFile, session_files

_DOWN_WITHIN_SECONDS = 180.0
_POLL_SECONDS = 0.2


def status(*, project: Project, deployment: str | None, progress: Progress, as_json: bool = False) -> int:
    """Print URLs, tasks and target health of `deployment`, or of all that run. Return FAILED if nothing runs."""
    running = {file.name: facts for file in _files(project, deployment) if (facts := file.read()) is not None}
    if as_json:
        progress.say(json.dumps({"version": 1, "running": running}, indent=2))
    else:
        for name, facts in running.items():
            _show(name, facts, progress)
        if not running:
            progress.say("Nothing is running.")
    return ExitStatus.OK if running else ExitStatus.FAILED


def down(*, project: Project, deployment: str | None, progress: Progress) -> int:
    """Stop `deployment`, or all that run, and wait until they have ended. Return OK, also if nothing runs."""
    running = [(file, facts) for file in _files(project, deployment) if (facts := file.read()) is not None]
    if not running:
        progress.say("Nothing is running.")
    for _, facts in running:
        os.kill(int(facts["process_id"]), signal.SIGTERM)
    for file, facts in running:
        _wait_for_end(file, int(facts["process_id"]))
        progress.say(f"{file.name} has stopped.")
    return ExitStatus.OK


def _files(project: Project, deployment: str | None) -> tuple[SessionFile, ...]:
    if deployment is None:
        return session_files(project.scratch)
    return (SessionFile(project.scratch, deployment),)


def _wait_for_end(file: SessionFile, process_id: int) -> None:
    deadline = time.monotonic() + _DOWN_WITHIN_SECONDS
    while file.runs():
        if time.monotonic() > deadline:
            raise SandboxError(f"process {process_id} of {file.name!r} still runs after {_DOWN_WITHIN_SECONDS:.0f} s")
        time.sleep(_POLL_SECONDS)


def _show(name: str, facts: dict[str, Any], progress: Progress) -> None:
    progress.say(f"{name}: process {facts['process_id']}")
    if "endpoints" not in facts:
        progress.say("  starting or stopping")
        return
    for url in Endpoints.from_facts(facts["endpoints"]).urls():
        progress.say(f"  {url}")
    progress.say(f"  certificate authority: {facts['certificate_authority']}")
    progress.say("  tasks:")
    for task in facts["tasks"]:
        progress.say(
            f"    {task['service']} {task['task'][:8]} {task['status']} {task['health']} "
            f"{task['address']} process {task['process_id']} log {task['log']}"
        )
        if len(task["containers"]) > 1:
            for each in task["containers"]:
                progress.say(f"      {each['name']} {each['status']} {each['health']} log {each['log']}")
    progress.say("  target health:")
    for group, targets in facts["target_groups"].items():
        progress.say(f"    {group}: {', '.join(targets) or 'no targets'}")

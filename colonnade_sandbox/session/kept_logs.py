"""The logs of a failed session: scratch folder -> .sandbox/DEPLOYMENT.failed, until the deployment starts again."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from colonnade.terminal.errors import ColonnadeError
from colonnade_sandbox.project import Project
from colonnade_sandbox.session.session import Session


def discard_logs(project: Project, deployment: str) -> None:
    """Remove the logs that an earlier session of the deployment has kept."""
    shutil.rmtree(_folder(project, deployment), ignore_errors=True)


def keep_logs(session: Session, project: Project, error: ColonnadeError) -> None:
    """Move the logs of the session's tasks into the project, and correct their paths in the error's message."""
    logs, kept = session.scratch / "tasks" / "logs", _folder(project, session.deployment)
    if not logs.is_dir():
        return
    discard_logs(project, session.deployment)
    kept.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(logs, kept)  # a task may still write
    shown = os.path.relpath(kept)
    error.args = (f"{error}".replace(str(logs), shown) + f"\nThe logs of its tasks: {shown}",)


def _folder(project: Project, deployment: str) -> Path:
    return project.scratch / f"{deployment}.failed"

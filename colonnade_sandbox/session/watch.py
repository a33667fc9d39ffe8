"""Edits while a deployment runs: changed files -> an update by a command, or new tasks of the edited app's services.

An app's own edit needs no Terraform: ECS starts new tasks of the same task definition, as it does for a new image under
the same tag, and replaces the old ones one by one (UpdateService with `forceNewDeployment`).
"""

from __future__ import annotations

import ast
import threading
import tokenize
from collections.abc import Iterable, Sequence
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError
from watchfiles import watch

from colonnade.rollouts.applied import AppliedService
from colonnade.rollouts.wait import RolloutError, wait_until_served
from colonnade.terminal.errors import ColonnadeError
from colonnade.terminal.processes import start, stop
from colonnade.terminal.progress import Progress
from colonnade_sandbox.control_plane.clients import AwsClients
from colonnade_sandbox.control_plane.reader import read_once
from colonnade_sandbox.control_plane.snapshot import EcsService
from colonnade_sandbox.errors import SandboxError
from colonnade_sandbox.project import Project
from colonnade_sandbox.session.app_sources import edited
from colonnade_sandbox.tasks.image_catalog import ImageCatalog

_DEBOUNCE_MILLISECONDS, _STEP_MILLISECONDS, _STOP_CHECK_MILLISECONDS = 400, 50, 300
_END_SECONDS = 30.0
_ROLLOUT_SECONDS = 300.0


class Watch:
    """A thread that follows the project's files from `start` to `close`.

    `command` updates the deployment. It runs for an edit of a declaration, an environment or `images.toml`.
    """

    def __init__(self, *, project: Project, aws: AwsClients, command: Sequence[str], progress: Progress) -> None:
        self._project, self._aws, self._command, self._progress = project, aws, tuple(command), progress
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="watch", daemon=True)

    def start(self) -> None:
        """Start to follow the files."""
        names = ", ".join(each.name for each in self._folders())
        self._progress.say(f"Watching {names}: an edit updates what runs.")
        self._thread.start()

    def close(self) -> None:
        """Stop, and end the update that runs."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _folders(self) -> list[Path]:
        found = [self._project.root / each for each in ("deployments", "environments", "service_apps")]
        return [each for each in found if each.is_dir()]

    def _follow(self) -> None:
        batches = watch(
            *self._folders(),
            debounce=_DEBOUNCE_MILLISECONDS,
            step=_STEP_MILLISECONDS,
            rust_timeout=_STOP_CHECK_MILLISECONDS,
            stop_event=self._stop,
        )
        for batch in batches:
            self._react(sorted({Path(path) for _kind, path in batch}))

    def _react(self, paths: Sequence[Path]) -> None:
        """Update what the changed files concern; an error is printed, and what runs goes on."""
        began = self._progress.now()
        declared = [each for each in paths if self._is_declared(each)]
        apps = [each for each in paths if self._is_of_an_app(each)]
        try:
            if declared:
                self._progress.say(f"Changed: {self._shown(declared)}")
                self._update()
            if apps:
                self._replace_tasks(apps)
        except (ColonnadeError, ClientError, BotoCoreError) as error:
            if not self._stop.is_set():
                self._progress.say(f"{error}\nThe running tasks stay.")
            return
        if declared or apps:
            self._progress.say(f"Done in {self._progress.now() - began:.0f} s.")

    def _is_declared(self, path: Path) -> bool:
        """Return whether a file may change the synthesized Terraform or a command of an image."""
        if path == self._project.image_catalog:
            return True
        folder = path.relative_to(self._project.root).parts[0]
        return path.suffix in (".py", ".toml", ".tf") and (
            (folder == "deployments" and not path.name.endswith(".requests.toml"))
            or (folder == "environments" and path.name.startswith("sandbox."))
        )

    def _is_of_an_app(self, path: Path) -> bool:
        apps = self._project.image_catalog.parent
        return path.is_relative_to(apps) and path != self._project.image_catalog and path.suffix != ".md"

    def _update(self) -> None:
        process = start(self._command, folder=self._project.root)
        while process.poll() is None:
            if self._stop.wait(0.1):
                stop(process, within_seconds=_END_SECONDS)
                raise SandboxError("interrupted")
        if process.returncode != 0:
            raise SandboxError("The update failed; see the lines above.")

    def _replace_tasks(self, paths: Sequence[Path]) -> None:
        """Start new tasks of the services whose app has been edited, and wait until they have replaced the old ones."""
        faults = [fault for path in paths if (fault := _syntax_error(path, self._shown([path]))) is not None]
        if faults:
            raise SandboxError("\n".join(faults))
        images = ImageCatalog.load(self._project.image_catalog)
        snapshot = read_once(self._aws)
        services = edited(snapshot.services, images, paths, self._project.root)
        if not services:
            self._progress.say(f"Changed: {self._shown(paths)}; no service of this deployment runs it.")
            return
        names = ", ".join(each.name for each in services)
        self._progress.say(f"Changed: {self._shown(paths)}; new tasks of {names}")
        for each in services:
            self._aws.ecs.update_service(cluster=each.cluster_arn, service=each.name, forceNewDeployment=True)
        wait_until_served([_applied(each) for each in services], self._aws, self._progress, pause=self._pause)

    def _pause(self, seconds: float) -> None:
        if self._stop.wait(seconds):
            raise RolloutError("interrupted")

    def _shown(self, paths: Iterable[Path]) -> str:
        return ", ".join(str(each.relative_to(self._project.root)) for each in paths)


def _applied(service: EcsService) -> AppliedService:
    return AppliedService(
        arn=service.arn,
        name=service.name,
        cluster=service.cluster_arn,
        task_definition=service.task_definition.arn,
        limit_seconds=_ROLLOUT_SECONDS,
    )


def _syntax_error(path: Path, shown: str) -> str | None:
    """Return the syntax error of a Python file, or None."""
    if path.suffix != ".py" or not path.is_file():
        return None
    try:
        with tokenize.open(path) as file:
            ast.parse(file.read())
    except (SyntaxError, UnicodeDecodeError) as error:
        line = getattr(error, "lineno", None)
        place = f"{shown}:{line}" if line is not None else shown
        return f"{place} is not Python: {getattr(error, 'msg', error)}"
    return None

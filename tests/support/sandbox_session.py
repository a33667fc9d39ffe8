"""Sandbox sessions for tests: one apply per deployment, shared by the tests of a module that do not change it.

A process can run only one emulator and one session at a time. A module that uses sessions marks its tests with a group
(`pytest.mark.xdist_group`), so that one worker runs them, and uses the fixture `sandboxes` of its conftest.
"""

from __future__ import annotations

import contextlib
import io
import tempfile
from pathlib import Path

from rich.console import Console

from colonnade.terminal.progress import Progress
from colonnade_sandbox.demo.requests import DemoRequest, read_requests
from colonnade_sandbox.project import Project
from colonnade_sandbox.session.listener_client import Answer, send
from colonnade_sandbox.session.session import Session
from tests.support.synth import synthesized

PROJECT_ROOT = Path(__file__).parent.parent.parent


class Sandboxes:
    """The sessions of a test module; `transcript` is the output of the last one."""

    def __init__(self) -> None:
        self._shared: tuple[str, Session] | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="colonnade-test-")
        self.transcript = io.StringIO()

    def deployed(self, deployment: str) -> Session:
        """Return a session with this deployment of the project, applied and healthy; tests must not change it."""
        if self._shared is not None and self._shared[0] == deployment:
            return self._shared[1]
        folder = Path(self._folder.name)
        write_project_stacks(folder)
        session = self.fresh(folder, deployment)
        self._shared = (deployment, session)
        return session

    def fresh(self, folder: Path, deployment: str) -> Session:
        """Destroy the current session; return one with the stacks in `folder`, applied and healthy."""
        self.destroy()
        self.transcript = io.StringIO()
        progress = Progress(Console(file=self.transcript, width=200))
        session = Session(synthesized=folder, deployment=deployment, project_root=PROJECT_ROOT, progress=progress)
        with contextlib.ExitStack() as on_failure:
            on_failure.enter_context(session)
            session.deploy()
            on_failure.pop_all()
        self._shared = ("", session)
        return session

    def destroy(self) -> None:
        """Destroy the current session; fail if resources or files are left."""
        shared, self._shared = self._shared, None
        if shared is None:
            return
        session = shared[1]
        with contextlib.closing(session):
            session.destroy_all()
            left = [address for stack in session.stacks[1:] for address in session.addresses(stack)]
            assert left == []
            assert session.scheduler.tasks() == ()
        assert not session.scratch.exists()

    def close(self) -> None:
        """Destroy the current session and remove the synthesized files."""
        try:
            self.destroy()
        finally:
            self._folder.cleanup()


def write_project_stacks(folder: Path) -> None:
    """Write the project's stacks of the sandbox environment, as synthesis does."""
    for stack in synthesized("sandbox").values():
        stack.write(folder / "stacks" / stack.name)


def project_requests(deployment: str) -> tuple[DemoRequest, ...]:
    """Return the demo's requests of one of the project's deployments."""
    return read_requests(Project(root=PROJECT_ROOT).requests(deployment))


def ask(session: Session, path: str, *, scheme: str = "https") -> Answer:
    """Send GET `path` through the session's load balancer, with its certificate verified."""
    endpoints = session.endpoints()
    return send(
        endpoints.listener(scheme),
        host=endpoints.host,
        path=path,
        certificate_authority=session.data_plane.certificate_authority_path,
    )

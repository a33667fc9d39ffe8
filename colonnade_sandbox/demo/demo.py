"""The command `colonnade sandbox demo`: deploys, makes the deployment's requests, plans again, destroys."""

from __future__ import annotations

from pathlib import Path

from colonnade.terminal.progress import Progress
from colonnade_sandbox.demo.requests import read_requests
from colonnade_sandbox.demo.smoke_test import run_smoke_test
from colonnade_sandbox.errors import SandboxError
from colonnade_sandbox.session.endpoints import Endpoints
from colonnade_sandbox.session.session import Session


def run_demo(session: Session, requests_path: Path, progress: Progress) -> None:
    """Run the demo in a session that has just started. Raises SandboxError for an unexpected result."""
    requests = read_requests(requests_path)  # read before the deployment, so that a wrong file is reported at once
    session.deploy()
    endpoints = session.endpoints()
    describe(session, endpoints, progress)
    authority = session.data_plane.certificate_authority_path
    run_smoke_test(requests, endpoints, certificate_authority=authority, progress=progress)
    progress.say()
    _plan_again(session, progress)
    session.destroy_all()
    _require_empty_states(session)
    progress.say("Everything is destroyed. Stopping the emulator, which holds the state bucket.")
    progress.say()
    for line in _next_steps(session.deployment):
        progress.say(line)


def describe(session: Session, endpoints: Endpoints, progress: Progress) -> None:
    """Print the URLs, and how to make a request with curl."""
    if not endpoints.listeners:
        progress.say("The deployment has no load balancer, so there is no URL.")
        return
    authority = session.data_plane.certificate_authority_path
    progress.say()
    for listener, url in zip(endpoints.listeners, endpoints.urls(), strict=True):
        progress.say(f"{url}  (port {listener.aws_port} of the load balancer)")
    last = endpoints.listeners[-1]
    trust = f"--cacert {authority} " if last.scheme == "https" else ""
    if trust != "":
        progress.say(f"Certificate authority: {authority}")
    progress.say(f"Try: curl {trust}--resolve {endpoints.host}:{last.port}:127.0.0.1 {endpoints.urls()[-1]}")
    progress.say()


def _plan_again(session: Session, progress: Progress) -> None:
    stack = session.stacks[-1]
    plan = session.plan(stack)
    if not plan.empty:
        changes = ", ".join(f"{change.action} {change.address}" for change in plan.changes)
        raise SandboxError(f"a second apply of {stack.name} would make changes: {changes or 'outputs'}")
    progress.say("Planned again: nothing would change.")


def _require_empty_states(session: Session) -> None:
    for stack in session.stacks[1:]:
        left = session.addresses(stack)
        if left:
            raise SandboxError(f"the state of {stack.name} still has resources after destroy: {', '.join(left)}")


def _next_steps(deployment: str) -> tuple[str, ...]:
    return (
        "Try next:",
        f"  colonnade sandbox up {deployment}  deploys again and stays until Ctrl-C",
        f"  colonnade show {deployment} -e prod  shows the values that another environment gives it",
        f"  edit deployments/{deployment}.py, then run colonnade check",
    )

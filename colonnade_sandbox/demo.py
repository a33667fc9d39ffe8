"""`python -m colonnade_sandbox demo`: deploy, ask, plan again, destroy."""

from __future__ import annotations

from colonnade_sandbox.asking import ask_all
from colonnade_sandbox.demo_requests import demo_requests
from colonnade_sandbox.endpoints import Endpoints
from colonnade_sandbox.errors import SandboxError
from colonnade_sandbox.progress import Progress
from colonnade_sandbox.session import Session


def run_demo(session: Session, progress: Progress) -> None:
    """The whole demo in a session that has just started; `SandboxError` when something is not as it should be."""
    demo_requests(session.deployment)  # refuses a deployment without any before minutes have gone
    session.deploy()
    endpoints = session.endpoints()
    describe(session, endpoints, progress)
    authority = session.data_plane.certificate_authority_path
    ask_all(session.deployment, endpoints, certificate_authority=authority, progress=progress)
    progress.say()
    _plan_again(session, progress)
    session.destroy_all()
    _nothing_left(session)
    progress.say("Everything is destroyed; the emulator goes now, with the state bucket in it.")


def describe(session: Session, endpoints: Endpoints, progress: Progress) -> None:
    """Where it answers, and how to ask it with curl."""
    if not endpoints.listeners:
        progress.say("There is no load balancer, so no URL.")
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
        raise SandboxError(f"a second apply of {stack.name} would change something: {changes or 'outputs'}")
    progress.say("Planned again: nothing would change.")


def _nothing_left(session: Session) -> None:
    for stack in session.stacks[1:]:
        left = session.addresses(stack)
        if left:
            raise SandboxError(f"left after destroying {stack.name}: {', '.join(left)}")

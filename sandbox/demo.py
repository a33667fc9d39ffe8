"""`python -m sandbox demo`: deploy, ask, plan again, destroy. Only `sandbox.commands` imports this."""

from __future__ import annotations

import http.client

from sandbox.demo_requests import DemoRequest, demo_requests, mismatch
from sandbox.endpoints import Endpoints
from sandbox.errors import SandboxError
from sandbox.listener_client import get
from sandbox.progress import Progress
from sandbox.session import Session


def run_demo(session: Session, progress: Progress) -> None:
    """The whole demo in a session that has just started; `SandboxError` when something is not as it should be."""
    requests = demo_requests(session.deployment)
    session.deploy()
    endpoints = session.endpoints()
    describe(session, endpoints, progress)
    failures = [failure for request in requests if (failure := _ask(session, endpoints, request, progress)) is not None]
    if failures:
        raise SandboxError("not what had to come back:\n" + "\n".join(f"  {failure}" for failure in failures))
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


def _ask(session: Session, endpoints: Endpoints, request: DemoRequest, progress: Progress) -> str | None:
    """Make one request and print it with its answer; what is wrong with it, or None."""
    head = f"GET {request.scheme}://{endpoints.host}{request.path}"
    listener = endpoints.listener(request.scheme)
    https_port = next((each.port for each in endpoints.listeners if each.scheme == "https"), None)
    try:
        answer = get(
            listener,
            host=endpoints.host,
            path=request.path,
            certificate_authority=session.data_plane.certificate_authority_path,
        )
    except (OSError, http.client.HTTPException) as error:
        return f"{head}: {type(error).__name__}: {error}"
    wrong = mismatch(request, answer, https_port=https_port)
    location = f" -> {answer.location}" if answer.location is not None else ""
    progress.say(f"{head}\n  {answer.status}{location} {' '.join(answer.body.split())}")
    return f"{head}: {wrong}" if wrong is not None else None


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

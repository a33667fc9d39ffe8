"""A deployment's requests through its load balancer, printed with their answers and compared with the expected ones."""

from __future__ import annotations

import http.client
import time
from collections.abc import Sequence
from pathlib import Path

from colonnade.terminal.exit_status import ExitStatus
from colonnade.terminal.progress import Progress
from colonnade_sandbox.demo.requests import DemoRequest, mismatch, read_requests
from colonnade_sandbox.errors import SandboxError, WrongInputError
from colonnade_sandbox.project import Project
from colonnade_sandbox.session.endpoints import Endpoints
from colonnade_sandbox.session.file import SessionFile
from colonnade_sandbox.session.listener_client import send

_REPEAT_SECONDS = 0.5


def ask(*, project: Project, deployment: str, progress: Progress) -> int:
    """Make the deployment's requests to a running session. Return OK if every answer is as expected."""
    path = project.requests(deployment)
    requests = read_requests(path)
    if not requests:
        raise WrongInputError(f"deployment {deployment!r} has no requests: write them to {path}")
    facts = SessionFile(project.scratch, deployment).read()
    if facts is None or "endpoints" not in facts:
        raise SandboxError(
            f"deployment {deployment!r} is not running or still starting; "
            f"start it with `colonnade sandbox up {deployment}`"
        )
    run_smoke_test(
        requests,
        Endpoints.from_facts(facts["endpoints"]),
        certificate_authority=Path(facts["certificate_authority"]),
        progress=progress,
    )
    return ExitStatus.OK


def run_smoke_test(
    requests: Sequence[DemoRequest], endpoints: Endpoints, *, certificate_authority: Path, progress: Progress
) -> None:
    """Make every request. Raises SandboxError that lists every unexpected answer."""
    failures = [
        failure
        for request in requests
        if (failure := _check(endpoints, request, certificate_authority, progress)) is not None
    ]
    if failures:
        raise SandboxError("unexpected answers:\n" + "\n".join(f"  {failure}" for failure in failures))


def _check(endpoints: Endpoints, request: DemoRequest, certificate_authority: Path, progress: Progress) -> str | None:
    """Make one request and print it with its answer. Return the request with its problem, or None."""
    head = f"{'GET' if request.post is None else 'POST'} {request.scheme}://{endpoints.host}{request.path}"
    https_port = next((each.port for each in endpoints.listeners if each.scheme == "https"), None)
    deadline = time.monotonic() + request.within_seconds
    while True:
        try:
            answer = send(
                endpoints.listener(request.scheme),
                host=endpoints.host,
                path=request.path,
                certificate_authority=certificate_authority,
                post=request.post,
            )
        except (OSError, http.client.HTTPException) as error:
            return f"{head}: {type(error).__name__}: {error}"
        wrong = mismatch(request, answer, https_port=https_port)
        if wrong is None or time.monotonic() >= deadline:
            break
        time.sleep(_REPEAT_SECONDS)
    location = f" -> {answer.location}" if answer.location is not None else ""
    progress.say(f"{head}: {answer.status}{location} {' '.join(answer.body.split())}")
    return f"{head}: {wrong}" if wrong is not None else None

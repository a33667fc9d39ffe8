"""Makes a deployment's requests through its load balancer, prints each with its answer, and judges the answers."""

from __future__ import annotations

import http.client
from pathlib import Path

from colonnade_sandbox.demo_requests import DemoRequest, demo_requests, mismatch
from colonnade_sandbox.endpoints import Endpoints
from colonnade_sandbox.errors import SandboxError
from colonnade_sandbox.listener_client import get
from colonnade_sandbox.progress import Progress


def ask_all(deployment: str, endpoints: Endpoints, *, certificate_authority: Path, progress: Progress) -> None:
    """Every request that is written down for `deployment`; `SandboxError` names each wrong answer."""
    failures = [
        failure
        for request in demo_requests(deployment)
        if (failure := _ask(endpoints, request, certificate_authority, progress)) is not None
    ]
    if failures:
        raise SandboxError("not what had to come back:\n" + "\n".join(f"  {failure}" for failure in failures))


def _ask(endpoints: Endpoints, request: DemoRequest, certificate_authority: Path, progress: Progress) -> str | None:
    """Make one request and print it with its answer; what is wrong with it, or None."""
    head = f"GET {request.scheme}://{endpoints.host}{request.path}"
    listener = endpoints.listener(request.scheme)
    https_port = next((each.port for each in endpoints.listeners if each.scheme == "https"), None)
    try:
        answer = get(listener, host=endpoints.host, path=request.path, certificate_authority=certificate_authority)
    except (OSError, http.client.HTTPException) as error:
        return f"{head}: {type(error).__name__}: {error}"
    wrong = mismatch(request, answer, https_port=https_port)
    location = f" -> {answer.location}" if answer.location is not None else ""
    progress.say(f"{head}\n  {answer.status}{location} {' '.join(answer.body.split())}")
    return f"{head}: {wrong}" if wrong is not None else None

"""The requests of the demo and what has to come back: colonnade_sandbox/requests/DEPLOYMENT.toml -> `DemoRequest`.

Pure but for reading that file.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from colonnade_sandbox.errors import SandboxError
from colonnade_sandbox.listener_client import Answer

_FOLDER = Path(__file__).parent / "requests"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoRequest:
    """One GET request through the load balancer."""

    path: str
    status: int
    scheme: Literal["http", "https"] = "https"
    body: str | None = None
    """JSON that the answer must equal; None: not looked at."""
    contains: str | None = None
    """A text that the answer must hold, for answers that are not JSON; None: not looked at."""
    location: str | None = None
    """What a redirect must name, with {https_port} for the real port."""


def demo_requests(deployment: str) -> tuple[DemoRequest, ...]:
    """In their order; raises `SandboxError` for a deployment without any."""
    path = _FOLDER / f"{deployment}.toml"
    if not path.is_file():
        there = ", ".join(sorted(each.stem for each in _FOLDER.glob("*.toml")))
        raise SandboxError(f"no requests are written down for {deployment!r} in {_FOLDER.name}/; there are: {there}")
    return tuple(DemoRequest(**entry) for entry in tomllib.loads(path.read_text())["request"])


def mismatch(request: DemoRequest, answer: Answer, *, https_port: int | None) -> str | None:
    """How the answer differs from what has to come back, or None."""
    if answer.status != request.status:
        return f"status {answer.status}, not {request.status}"
    if request.location is not None:
        wanted = request.location.format(https_port=https_port)
        if answer.location != wanted:
            return f"location {answer.location}, not {wanted}"
    if request.body is not None and _json(answer.body) != json.loads(request.body):
        return f"body is not {request.body}"
    if request.contains is not None and request.contains not in answer.body:
        return f"body does not contain {request.contains!r}"
    return None


def _json(body: str) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return f"not JSON: {body}"

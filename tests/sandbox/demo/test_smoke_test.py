"""The command `ask` makes the demo's requests to a running session, and reports every unexpected answer."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from rich.console import Console

from colonnade.terminal.progress import Progress
from colonnade_sandbox.demo.smoke_test import ask
from colonnade_sandbox.errors import SandboxError, WrongInputError
from colonnade_sandbox.project import Project
from colonnade_sandbox.session.endpoints import Endpoint, Endpoints
from colonnade_sandbox.session.file import SessionFile
from tests.support.sandbox_session import PROJECT_ROOT

_ANSWERS = {"/": (200, '{"api":"API 3","msg":"This is API 3."}'), "/health": (200, "{}")}


class _Service3(BaseHTTPRequestHandler):
    """A handler that answers as service3 does, except for an unknown path."""

    def do_GET(self) -> None:
        status, body = _ANSWERS.get(self.path, (500, "broken"))
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's signature
        """Log nothing."""


@pytest.fixture
def endpoints() -> Iterator[Endpoints]:
    with HTTPServer(("127.0.0.1", 0), _Service3) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        listener = Endpoint(scheme="http", aws_port=80, port=server.server_port)
        yield Endpoints(host="lb.elb.amazonaws.com", listeners=(listener,))
        server.shutdown()
        thread.join()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "deployments").symlink_to(PROJECT_ROOT / "deployments")
    return Project(root=tmp_path)


def test_every_answer_is_printed_and_the_unexpected_one_reported(endpoints: Endpoints, project: Project) -> None:
    transcript = io.StringIO()
    file = SessionFile(project.scratch, "single_service")
    with file.held():
        file.write({"endpoints": endpoints.as_facts(), "certificate_authority": "none.pem"})
        progress = Progress(Console(file=transcript, width=200))
        with pytest.raises(SandboxError) as failure:
            ask(project=project, deployment="single_service", progress=progress)
    assert str(failure.value) == "unexpected answers:\n  GET http://lb.elb.amazonaws.com/nope: status is 500, not 404"
    assert 'GET http://lb.elb.amazonaws.com/: 200 {"api":"API 3","msg":"This is API 3."}\n' in transcript.getvalue()


def test_a_deployment_that_does_not_run_is_reported_with_the_command_to_start_it(project: Project) -> None:
    with pytest.raises(SandboxError, match="'services' is not running or still starting; start it with"):
        ask(project=project, deployment="services", progress=Progress(Console(file=io.StringIO())))


def test_a_deployment_without_requests_is_reported_with_the_file_to_write(project: Project) -> None:
    with pytest.raises(WrongInputError, match=r"'other' has no requests: write them to .*/other\.requests\.toml"):
        ask(project=project, deployment="other", progress=Progress(Console(file=io.StringIO())))

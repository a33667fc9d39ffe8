"""`ask` makes the demo's requests to whatever a session file names, and tells every wrong answer."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from rich.console import Console

from colonnade_sandbox.endpoints import Endpoint, Endpoints
from colonnade_sandbox.errors import SandboxError
from colonnade_sandbox.progress import Progress
from colonnade_sandbox.session_commands import ask
from colonnade_sandbox.session_file import FOLDER, SessionFile

_ANSWERS = {"/": (200, '{"api":"API 3","msg":"This is API 3."}'), "/health": (200, "{}")}


class _Service3(BaseHTTPRequestHandler):
    """Answers as service3 does, but for an unknown path."""

    def do_GET(self) -> None:
        status, body = _ANSWERS.get(self.path, (500, "broken"))
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's signature
        """Nothing."""


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
def transcript(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    monkeypatch.chdir(tmp_path)
    return io.StringIO()


def test_every_answer_is_printed_and_the_wrong_one_named(endpoints: Endpoints, transcript: io.StringIO) -> None:
    file = SessionFile(FOLDER, "single_service")
    with file.held():
        file.write({"endpoints": endpoints.as_facts(), "certificate_authority": "none.pem"})
        with pytest.raises(SandboxError) as failure:
            ask(deployment="single_service", progress=Progress(Console(file=transcript, width=200)))
    assert str(failure.value) == (
        "not what had to come back:\n  GET http://lb.elb.amazonaws.com/nope: status 500, not 404"
    )
    assert 'GET http://lb.elb.amazonaws.com/\n  200 {"api":"API 3","msg":"This is API 3."}\n' in transcript.getvalue()


def test_what_does_not_run_cannot_be_asked(transcript: io.StringIO) -> None:
    with pytest.raises(SandboxError, match="'services' does not run here, or not yet"):
        ask(deployment="services", progress=Progress(Console(file=transcript)))

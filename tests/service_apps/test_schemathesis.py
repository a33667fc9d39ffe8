"""schemathesis finds no answer of a sample service that its OpenAPI document does not have."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.support.service_process import HOST, ServiceProcess, free_port, running

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("schemathesis")]

PREFIXES = {"service1": "/service1", "service2": "/service2", "message_board.posts": "/api/posts"}
"""Two services that call each other, and one with parameters in its paths."""
EXAMPLES = 50


@pytest.fixture(scope="module")
def services() -> Iterator[dict[str, ServiceProcess]]:
    ports = {name: free_port() for name in PREFIXES}
    urls = {name: f"http://{HOST}:{port}" for name, port in ports.items()}
    callees = {"service1": urls["service2"], "service2": urls["service1"]}
    processes = {}
    for name, prefix in PREFIXES.items():
        callee = {"SERVICE_URL": callees[name]} if name in callees else {}
        processes[name] = ServiceProcess(name, PORT=str(ports[name]), PATH_PREFIX=prefix, **callee)
    with running(*processes.values()):
        yield processes


@pytest.mark.parametrize("name", PREFIXES)
def test_every_answer_is_documented(services: dict[str, ServiceProcess], name: str) -> None:
    document = f"http://{HOST}:{services[name].port}{PREFIXES[name]}/schema/openapi.json"
    options = ["--checks", "all", "--max-examples", str(EXAMPLES), "--seed", "1", "--no-color"]
    ended = subprocess.run(
        [sys.executable, "-m", "schemathesis.cli", "run", document, *options], capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "No issues found" in ended.stdout
